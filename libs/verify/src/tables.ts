/** The canonical dump: rows by key, in the tables of the service that keeps them. */
export const TABLES = [
  'identity.interactions',
  'identity.identifiers',
  'identity.filings',
  'journey.timeline',
  'journey.facts',
  'metrics.interactions',
  'metrics.facts',
  'metrics.buckets',
] as const;
export type TableName = (typeof TABLES)[number];

/** Plain JSON; two rows are equal when their canonical JSON is. */
export type Row = object;
export type Table = ReadonlyMap<string, Row>;
export type Tables = Readonly<Record<TableName, Table>>;

/** The key of a row, as a person reads it. */
export const rowKey = (...parts: readonly (string | number)[]): string => parts.join(' · ');
