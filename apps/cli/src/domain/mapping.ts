/**
 * What a mapping file says: how the records of a file become interactions. Pure data; `parse-mapping.ts` reads it.
 * A target is `id`, a field of the contract, `data.<path>` or `identifiers.<type>`. Every target takes a constant or a
 * rule on one column. A value that is empty after trimming is left out.
 */
export const FORMATS = ['csv', 'fixed-width', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

export const READINGS = [
  'text',
  'lower',
  'upper',
  'integer',
  'decimal',
  'boolean',
  'json',
] as const;
export type Reading = (typeof READINGS)[number];

export interface FieldRule {
  /** Name of a column; in NDJSON a dotted path. */
  readonly column: string;
  /** How the text is read (default `text`). `decimal` stays text, so that no digit is lost. */
  readonly as?: Reading;
  /** Format of an instant: `iso`, `epoch-s`, `epoch-ms`, or tokens yyyy MM dd HH mm ss SSS. */
  readonly date?: string;
  /** `HH:mm` to add to a date without time. */
  readonly time?: string;
  /** `UTC` (default), an offset like `+02:00`, or an IANA zone. */
  readonly zone?: string;
  readonly prefix?: string;
  /** Replaces whole values, e.g. `{ 'STORE': 'store' }`; a value that is not listed stays. */
  readonly values?: Readonly<Record<string, string>>;
  readonly default?: string;
}

/** Moves every `occurredAt` by whole days: a number, or so that the last date of the file is yesterday. */
export type Shift = { readonly days: number } | { readonly lastDate: 'yesterday' };

export interface Mapping {
  readonly format: Format;
  /** Fixed width: name → [first, last] character from 1. CSV without header: names in order. */
  readonly columns?: Readonly<Record<string, readonly [number, number]>> | readonly string[];
  readonly delimiter?: string;
  readonly source?: string;
  readonly constants: Readonly<Record<string, unknown>>;
  /** Empty on NDJSON: the lines are interactions already. */
  readonly fields: Readonly<Record<string, FieldRule>>;
  readonly shift?: Shift;
}

/** Lines that are interactions already: what `send` uses. */
export const AS_IS: Mapping = { format: 'ndjson', constants: {}, fields: {} };
