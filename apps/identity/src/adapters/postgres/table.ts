/** A table as it is written: one statement over all rows, one array a column. */
import type { Transaction } from '#storage';
import { columns } from './rows.js';

type Reader<Row> = (row: Row) => unknown;

export interface Table<Row> {
  readonly sql: string;
  readonly readers: readonly Reader<Row>[];
}

export function table<Row>(sql: string, ...readers: readonly Reader<Row>[]): Table<Row> {
  return { sql, readers };
}

/** One statement over all rows; none for no rows. */
export async function write<Row>(
  transaction: Transaction,
  { sql, readers }: Table<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length > 0) await transaction.query(sql, columns(rows, ...readers));
}
