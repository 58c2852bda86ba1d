import type { ServiceName } from '#contracts';

/** Something that nobody may find where it does not belong. */
export interface Canary {
  readonly kind: 'email' | 'phone' | 'key';
  readonly value: string;
  /** What is left of it however it is written: lower case, without blanks. */
  readonly mark: string;
}

const two = (number: number): string => String(number).padStart(2, '0');

function canary(index: number): Canary {
  const name = two(index);
  switch (index % 3) {
    case 0:
      return { kind: 'email', value: `Leak${name}.Jane@canary.example`, mark: `leak${name}.jane` };
    case 1:
      return { kind: 'phone', value: `+49 1705 5500${name}`, mark: `17055500${name}` };
    default:
      return { kind: 'key', value: `tl_write_LeakLeakLeak${name}Key`, mark: `leakleakleak${name}` };
  }
}

export const CANARIES: readonly Canary[] = Array.from({ length: 20 }, (_, index) => canary(index));

/** The canaries that stand in a text, however written. */
export function canariesIn(text: string): string[] {
  const bare = text.toLowerCase().replace(/[\s-]|%20|\\u0020/g, '');
  return CANARIES.filter(({ mark }) => bare.includes(mark)).map(({ value }) => value);
}

/** One request, with a canary somewhere in it. */
export interface Plant {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent without the admin key. */
  readonly isStranger?: boolean;
}
