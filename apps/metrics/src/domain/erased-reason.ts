/**
 * Reasons name interactions by `source/id`, which may be erased: then the erasure stands in their place. A source may hold a slash
 * too, so each is tried. What is no interaction (a filing, a call, a deadline) names nothing that is erased.
 */
export interface NamedInteraction {
  readonly source: string;
  readonly id: string;
}

/** The interactions that a reference may name. */
export function interactionsNamed(ref: string): NamedInteraction[] {
  const named: NamedInteraction[] = [];
  for (let at = ref.indexOf('/'); at >= 0; at = ref.indexOf('/', at + 1))
    named.push({ source: ref.slice(0, at), id: ref.slice(at + 1) });
  return named;
}

/** As reasons name it. */
export function refOf({ source, id }: NamedInteraction): string {
  return `${source}/${id}`;
}
