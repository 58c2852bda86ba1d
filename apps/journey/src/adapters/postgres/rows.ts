import type { Interaction } from '#contracts';
import { compareText } from '#kernel';
import type { Stretch } from '../../application/ports.js';
import type { Entry } from '../../domain/timeline.js';

/** Columns for `unnest`: one array a pick, rows in the given order. */
export function columns<Row>(
  rows: readonly Row[],
  ...picks: readonly ((row: Row) => unknown)[]
): unknown[][] {
  return picks.map((pick) => rows.map((row) => pick(row)));
}

export function stretchColumns(stretches: readonly Stretch[]): unknown[][] {
  return columns(
    stretches,
    (row) => row.tenant,
    (row) => row.profileKey,
    (row) => row.after,
    (row) => row.upTo,
  );
}

/** Lock order: by tenant, then name, by code point as in the indexes. */
export function sortedBy<Row>(rows: readonly Row[], name: (row: Row) => string): Row[] {
  return rows
    .map((row) => ({ row, key: name(row) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ row }) => row);
}

export const hexOf = (uuid: string | null): string | undefined =>
  uuid === null ? undefined : uuid.replaceAll('-', '');

export const factIdsOf = (row: {
  readonly fact_id: string | null;
  readonly other_fact_id: string | null;
}): string[] => [row.fact_id, row.other_fact_id].flatMap((id) => hexOf(id) ?? []);

export interface EntryRow {
  readonly tenant: string;
  readonly profile_key: string;
  readonly occurred_at: number;
  readonly body: Buffer;
}

export function entryOf(row: EntryRow): Entry {
  return {
    tenant: row.tenant,
    profileKey: row.profile_key,
    occurredAt: row.occurred_at,
    interaction: JSON.parse(row.body.toString('utf8')) as Interaction,
  };
}

/**
 * Bodies as one binary parameter with offset and length of each: pg would send an array of buffers as hex text, twice the
 * bytes, to be parsed again.
 */
export function packed(bodies: readonly Buffer[]): {
  bytes: Buffer;
  offsets: number[];
  lengths: number[];
} {
  const offsets: number[] = [];
  let offset = 1;
  for (const body of bodies) {
    offsets.push(offset);
    offset += body.length;
  }
  return { bytes: Buffer.concat(bodies), offsets, lengths: bodies.map((body) => body.length) };
}

/** Thrown as Postgres would: the unit of work runs the batch again. */
export class ConcurrentInsert extends Error {
  readonly code = '40001';

  constructor() {
    super('another worker inserted a version of the same interaction');
    this.name = 'ConcurrentInsert';
  }
}
