/** Writes of filings: where interactions are filed, and how many there are. */
import type { Transaction } from '#storage';
import type { FilingRow } from '../../domain/state.js';
import type { StructureChanges } from '../../application/ports.js';
import { table, write } from './table.js';

interface HeldRow {
  readonly name: string;
  readonly filing: string;
}

const COUNTS = table<FilingRow>(
  `
  UPDATE filing f SET count = n.count, total = n.total,
    first_at = n.first_at, first_source = n.first_source, first_id = n.first_id,
    last_at = n.last_at, last_source = n.last_source, last_id = n.last_id,
    has_traits = n.has_traits
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],
              $7::bigint[], $8::text[], $9::text[], $10::boolean[])
    AS n (filing, count, total, first_at, first_source, first_id, last_at, last_source, last_id,
          has_traits)
  WHERE f.filing = n.filing`,
  (f) => f.filing,
  (f) => f.count,
  (f) => f.total,
  (f) => f.span?.first.at ?? null,
  (f) => f.span?.first.source ?? null,
  (f) => f.span?.first.id ?? null,
  (f) => f.span?.last.at ?? null,
  (f) => f.span?.last.source ?? null,
  (f) => f.span?.last.id ?? null,
  (f) => f.hasTraits,
);

const FILINGS = table<FilingRow>(
  `
  INSERT INTO filing (filing, tenant, unit, names, first_at, first_source, first_id, last_at,
                      last_source, last_id, count, total, owner, anchor, has_traits, profile_key,
                      counter)
  SELECT filing, tenant, unit, string_to_array(names, ' '), first_at, first_source, first_id, last_at,
         last_source, last_id, count, total, owner, anchor, has_traits, profile_key, counter
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
              $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::text[],
              $14::text[], $15::boolean[], $16::bigint[], $17::bigint[])
    AS n (filing, tenant, unit, names, first_at, first_source, first_id, last_at,
          last_source, last_id, count, total, owner, anchor, has_traits, profile_key, counter)
  ON CONFLICT (filing) DO UPDATE SET
    first_at = excluded.first_at, first_source = excluded.first_source, first_id = excluded.first_id,
    last_at = excluded.last_at, last_source = excluded.last_source, last_id = excluded.last_id,
    count = excluded.count, total = excluded.total, owner = excluded.owner,
    anchor = excluded.anchor, has_traits = excluded.has_traits,
    profile_key = excluded.profile_key, counter = excluded.counter`,
  (f) => f.filing,
  (f) => f.tenant,
  (f) => f.unit,
  (f) => f.names.join(' '),
  (f) => f.span?.first.at ?? null,
  (f) => f.span?.first.source ?? null,
  (f) => f.span?.first.id ?? null,
  (f) => f.span?.last.at ?? null,
  (f) => f.span?.last.source ?? null,
  (f) => f.span?.last.id ?? null,
  (f) => f.count,
  (f) => f.total,
  (f) => f.owner,
  (f) => f.anchor,
  (f) => f.hasTraits,
  (f) => f.profileKey,
  (f) => f.counter,
);

const HELD = table<HeldRow>(
  `
  INSERT INTO filing_identifier (name, filing)
  SELECT * FROM unnest($1::text[], $2::text[]) AS n (name, filing) ORDER BY 1, 2`,
  (h) => h.name,
  (h) => h.filing,
);

export async function writeCounts(
  transaction: Transaction,
  filings: readonly FilingRow[],
): Promise<void> {
  await write(transaction, COUNTS, filings);
}

/** A filing's identifiers never change: they are written with it. */
export async function writeFilings(
  transaction: Transaction,
  changes: Pick<StructureChanges, 'filings' | 'newFilings'>,
): Promise<void> {
  await write(transaction, FILINGS, changes.filings);
  const held = changes.newFilings.flatMap(({ filing, names }) =>
    names.map((name) => ({ name, filing })),
  );
  await write(transaction, HELD, held);
}
