/** JSON pointers (RFC 6901): `~` and `/` inside a member's name are written `~0` and `~1`. */
export function jsonPointer(...segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

const REVEALING = /@|(?:\d\D?){6}|\btl_|^.{65}/su;

/**
 * The name of a member as errors may tell it. Names come from whoever posts: one that could be an e-mail, a phone or account
 * number, or a key (objects keyed by customers) is left out.
 */
export function shownName(name: string): string {
  return REVEALING.test(name) ? '…' : name;
}

/** The names of a pointer, outermost first; the empty pointer has none. */
export function pointerSegments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
