import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { isFault } from '#kernel';
import type { EventLog, LogRecord } from '#event-log';
import { writeDeadLetters } from '../postgres-dead-letters.js';
import type { Transaction } from '../transaction.js';
import type { DeadLetter, DeadLetterScreen } from '../unit-of-work.js';
import { decodeRecords } from './record-codec.js';

const ROWS_MAX = 32;
/** Compressed: several times that in memory. */
const BYTES_MAX = 2 * 1024 * 1024;

/** Under which the dead letters of the outbox are kept: such a record never had a place in the log, only in the outbox. */
export const OUTBOX_GROUP = 'outbox';

interface OutboxRow {
  readonly id: number;
  readonly records: Buffer;
  readonly written_at: Date;
}

/**
 * Sends the head of the outbox on the connection that holds the lease. A record that the log refuses for good would block
 * all behind it: the batch is halved until that record stands alone, which becomes a dead letter, and its neighbours go
 * through in order.
 */
export class OutboxSender {
  private readonly logger: Logger;

  constructor(
    private readonly client: pg.Client,
    private readonly options: {
      readonly log: EventLog;
      readonly schema: string;
      readonly screen: DeadLetterScreen;
    },
  ) {
    this.logger = new Logger(`relay ${options.schema}`);
  }

  /** How many rows went; a record refused counts as gone. Any other failure is thrown, and the rows stay. */
  async sendNext(): Promise<number> {
    const { rows } = await this.client.query<OutboxRow>(
      `SELECT id, records, written_at
       FROM (SELECT *, sum(octet_length(records)) OVER (ORDER BY id) - octet_length(records) AS before
             FROM (SELECT * FROM outbox ORDER BY id LIMIT ${ROWS_MAX}) AS head) AS sized
       WHERE before < ${BYTES_MAX}
       ORDER BY id`,
    );
    if (rows.length === 0) return 0;
    const refused = await this.append(rows.flatMap(placed));
    const ids = rows.map(({ id }) => id);
    if (refused.length === 0) await this.remove(ids);
    else await this.setAside(ids, refused);
    return rows.length;
  }

  /** In order; returns the records that the log refuses. */
  private async append(records: readonly LogRecord[]): Promise<DeadLetter[]> {
    try {
      await this.options.log.append(records.map(toOutgoing));
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const [record, ...others] = records;
      if (record === undefined) return [];
      if (others.length === 0) return [{ record, code: error.code, detail: error.message }];
    }
    // Every send follows a sign of life on the connection, which is the lease.
    await this.client.query('SELECT');
    const middle = records.length >> 1;
    const refused = await this.append(records.slice(0, middle));
    return [...refused, ...(await this.append(records.slice(middle)))];
  }

  private async setAside(ids: readonly number[], refused: readonly DeadLetter[]): Promise<void> {
    // Left open by a failure, the transaction ends with the connection, which the relay then gives up.
    await this.client.query('BEGIN');
    const batch = { group: OUTBOX_GROUP, incarnation: '', records: [] };
    const transaction = transactionOn(this.client);
    const kept = await this.options.screen(transaction, refused);
    await writeDeadLetters(transaction, batch, kept);
    await this.remove(ids);
    await this.client.query('COMMIT');
    for (const { record, detail } of kept)
      this.logger.error(`outbox row ${record.offset}: set aside as a dead letter: ${detail}`);
    if (kept.length < refused.length)
      this.logger.warn(
        `${refused.length - kept.length} that the log refuses speak of somebody erased: dropped`,
      );
  }

  private async remove(ids: readonly number[]): Promise<void> {
    await this.client.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [ids]);
  }
}

/** Its place in the outbox stands in for one in the log: the row as offset, the index in the row as partition. */
function placed({ id, records, written_at }: OutboxRow): LogRecord[] {
  return decodeRecords(records).map((record, index) => ({
    ...record,
    partition: index,
    offset: id,
    appendedAt: written_at.getTime(),
  }));
}

function toOutgoing({ topic, key, headers, value }: LogRecord) {
  return { topic, key, headers, value };
}

/** About the record itself. A missing topic or a closed log is final for the call too, but a fault of the surroundings. */
function isRefusal(error: unknown): error is { code: string; message: string } {
  return isFault(error) && error.code === 'too-large';
}

function transactionOn(client: pg.Client): Transaction {
  return {
    query: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
      (await client.query<Row & object>(sql, [...parameters])).rows,
  };
}
