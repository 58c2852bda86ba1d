import { Fault } from '#kernel';
import type { Transaction } from '#storage';
import type { Replacement } from '../../../domain/contribution.js';
import { observationKey } from '../../../domain/observation.js';
import type { Measured } from '../../../domain/observation.js';

/** One table of rows that keep their highest revision. Rows come sorted by key, so that locks are taken in one order. */
export interface VersionedTable<Row extends Measured> {
  /** Inserts what is not there (ON CONFLICT DO NOTHING); answers `observationKey` of those inserted. */
  insert(transaction: Transaction, rows: readonly Row[]): Promise<ReadonlySet<string>>;
  /** Locks and reads the stored ones. */
  lock(transaction: Transaction, rows: readonly Row[]): Promise<readonly Measured[]>;
  update(transaction: Transaction, rows: readonly Row[]): Promise<void>;
}

/**
 * At most three statements, one when everything is new: an insert that skips what exists costs less than asking first, and
 * closes the gap between asking and inserting.
 */
export async function replaceRows<Row extends Measured>(
  transaction: Transaction,
  table: VersionedTable<Row>,
  unsorted: readonly Row[],
): Promise<Replacement[]> {
  if (unsorted.length === 0) return [];
  const rows = sortedByKey(unsorted);
  const inserted = await table.insert(transaction, rows);
  const fresh = rows.filter((row) => inserted.has(observationKey(row)));
  const known = rows.filter((row) => !inserted.has(observationKey(row)));
  const replaced = await replaceKnown(transaction, table, known);
  return [...fresh.map((after) => ({ before: undefined, after })), ...replaced];
}

async function replaceKnown<Row extends Measured>(
  transaction: Transaction,
  table: VersionedTable<Row>,
  known: readonly Row[],
): Promise<Replacement[]> {
  if (known.length === 0) return [];
  const stored = new Map(
    (await table.lock(transaction, known)).map((row) => [observationKey(row), row]),
  );
  const newer = known.flatMap((after) => {
    const before = stored.get(observationKey(after));
    if (before === undefined) {
      throw new Fault('unavailable', 'a row went while it was counted', { retriable: true });
    }
    return after.revision > before.revision ? [{ before, after }] : [];
  });
  if (newer.length > 0) {
    await table.update(
      transaction,
      newer.map(({ after }) => after),
    );
  }
  return newer;
}

function sortedByKey<Row extends Measured>(rows: readonly Row[]): Row[] {
  return rows
    .map((row) => ({ row, text: observationKey(row) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
}
