import type { RecordBatch } from '#event-log';
import { DeadLetters } from './dead-letters.js';
import type { DeadLetterQuery, StoredDeadLetter } from './dead-letters.js';
import { decodeRecords, encodeRecords } from './outbox/record-codec.js';
import type { Transaction } from './transaction.js';
import type { TransactionRunner } from './transaction-runner.js';
import type { DeadLetter } from './unit-of-work.js';

const PAGE = 100;
const PAGE_MAX = 1_000;
const ERASE_PAGE = 500;
const DETAIL_MAX = 2_000;

interface Row {
  readonly id: number;
  readonly consumer_group: string;
  readonly partition: number;
  readonly record_offset: number;
  readonly appended_at: number;
  readonly code: string;
  readonly detail: string;
  readonly record: Buffer;
  readonly stored_at: Date;
}

const COLUMNS =
  'id, consumer_group, partition, record_offset, appended_at, code, detail, record, stored_at';

export class PostgresDeadLetters extends DeadLetters {
  constructor(private readonly runner: TransactionRunner) {
    super();
  }

  async list(query: DeadLetterQuery = {}): Promise<StoredDeadLetter[]> {
    const limit = Math.min(query.limit ?? PAGE, PAGE_MAX);
    const rows = await this.runner.read<Row>(
      `SELECT ${COLUMNS} FROM dead_letter WHERE id < $1 ORDER BY id DESC LIMIT $2`,
      [query.before ?? Number.MAX_SAFE_INTEGER, limit],
    );
    return rows.flatMap(toStored);
  }

  async get(id: number): Promise<StoredDeadLetter | undefined> {
    const rows = await this.runner.read<Row>(`SELECT ${COLUMNS} FROM dead_letter WHERE id = $1`, [
      id,
    ]);
    return rows.flatMap(toStored)[0];
  }

  async count(): Promise<number> {
    const [row] = await this.runner.read<{ count: number }>(
      'SELECT count(*) AS count FROM dead_letter',
    );
    return row?.count ?? 0;
  }

  async remove(transaction: Transaction, id: number): Promise<boolean> {
    const rows = await transaction.query('DELETE FROM dead_letter WHERE id = $1 RETURNING id', [
      id,
    ]);
    return rows.length > 0;
  }

  async erase(matches: (letter: StoredDeadLetter) => boolean): Promise<number> {
    let erased = 0;
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const page = await this.list({ before, limit: ERASE_PAGE });
      const ids = page.filter(matches).map(({ id }) => id);
      if (ids.length > 0)
        await this.runner.run((transaction) =>
          transaction.query('DELETE FROM dead_letter WHERE id = ANY ($1::bigint[])', [ids]),
        );
      erased += ids.length;
      before = page.at(-1)?.id ?? 0;
      if (page.length < ERASE_PAGE) return erased;
    }
  }
}

/** In the transaction that advances the offsets past them. The record is kept as bytes: its key may hold what no text can. */
export async function writeDeadLetters(
  transaction: Transaction,
  batch: RecordBatch,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  await transaction.query(
    `INSERT INTO dead_letter (consumer_group, incarnation, topic, partition, record_offset, appended_at, code, detail, record)
     SELECT $1, $2, * FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bytea[])
     ON CONFLICT DO NOTHING`,
    [
      batch.group,
      batch.incarnation,
      letters.map(({ record }) => record.topic),
      letters.map(({ record }) => record.partition),
      letters.map(({ record }) => record.offset),
      letters.map(({ record }) => Math.trunc(record.appendedAt)),
      letters.map(({ code }) => storable(code)),
      letters.map(({ detail }) => storable(detail)),
      letters.map(({ record }) => encodeRecords([record])),
    ],
  );
}

/** The cause often quotes the poison: what a text column refuses is replaced. */
function storable(text: string): string {
  return text
    .slice(0, DETAIL_MAX)
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll('\u0000', '\ufffd');
}

function toStored(row: Row): StoredDeadLetter[] {
  return decodeRecords(row.record).map((record) => ({
    id: row.id,
    group: row.consumer_group,
    code: row.code,
    detail: row.detail,
    storedAt: row.stored_at.getTime(),
    record: {
      ...record,
      partition: row.partition,
      offset: row.record_offset,
      appendedAt: row.appended_at,
    },
  }));
}
