/** Which methods an address has, to tell 405 from 404. Filled by Fastify's `onRoute` hook. */
export class RouteIndex {
  private readonly patterns = new Map<
    string,
    { readonly pattern: RegExp; readonly methods: Set<string> }
  >();

  add(path: string, methods: readonly string[]): void {
    const known = this.patterns.get(path) ?? {
      pattern: patternOf(path),
      methods: new Set<string>(),
    };
    for (const method of methods) known.methods.add(method);
    this.patterns.set(path, known);
  }

  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const entry of this.patterns.values()) {
      if (entry.pattern.test(path)) for (const method of entry.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

/** `/v1/kpis/:name/*` → one segment a parameter, anything for a star. */
function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.*';
    if (segment.startsWith(':')) return '[^/]+';
    return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}/?$`);
}
