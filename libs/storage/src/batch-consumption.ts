import { isFault } from '#kernel';
import type { LogRecord, RecordBatch } from '#event-log';
import { advanceOffsets, LockedOffsets } from './consumer-offsets.js';
import { withTraces } from '#tracing';
import { encodeRecords } from './outbox/record-codec.js';
import { PoisonRecord } from './poison-record.js';
import { writeDeadLetters } from './postgres-dead-letters.js';
import { classify, messageOf } from './sql-errors.js';
import type { Transaction } from './transaction.js';
import type { TransactionRunner } from './transaction-runner.js';
import type { BatchEffect, DeadLetter, DeadLetterScreen } from './unit-of-work.js';

export type BatchWork = (
  transaction: Transaction,
  records: readonly LogRecord[],
) => Promise<BatchEffect>;

/** Records that name themselves are set aside one by one up to here; beyond, halving finds the rest with fewer runs. */
const NAMED_POISON_MAX = 8;

const NOTHING: BatchEffect = { outgoing: [] };

/** An error about a record: it must not look like one of the surroundings to whoever retries. */
class WorkFailed extends Error {
  constructor(override readonly cause: unknown) {
    super(messageOf(cause));
  }
}

/**
 * The exactly-once effect of one batch. Usually one transaction; when the work fails because of a record, the batch is halved
 * (each half its own transaction, in order, so offsets never run ahead) until the record stands alone and is dead-lettered.
 */
export class BatchConsumption {
  /** Whether any transaction wrote to the outbox. */
  hasWritten = false;

  constructor(
    private readonly runner: TransactionRunner,
    private readonly batch: RecordBatch,
    private readonly handling: {
      readonly work: BatchWork;
      readonly screen: DeadLetterScreen;
    },
  ) {}

  async consume(records: readonly LogRecord[] = this.batch.records): Promise<void> {
    const letters: DeadLetter[] = [];
    while (records.length > 0) {
      const failure = await this.attempt(records, letters);
      if (!failure) return;
      const letter = identifyPoison(failure, records, letters);
      if (!letter) {
        const middle = records.length >> 1;
        await this.consume(records.slice(0, middle));
        await this.consume(records.slice(middle));
        return;
      }
      letters.push(letter);
    }
  }

  private async attempt(
    records: readonly LogRecord[],
    letters: readonly DeadLetter[],
  ): Promise<WorkFailed | undefined> {
    try {
      const effect = await this.runner.run((transaction) =>
        this.apply(transaction, records, letters),
      );
      effect.committed?.();
      return undefined;
    } catch (error) {
      if (error instanceof WorkFailed) return error;
      throw error;
    }
  }

  private async apply(
    transaction: Transaction,
    records: readonly LogRecord[],
    letters: readonly DeadLetter[],
  ): Promise<BatchEffect> {
    const offsets = await LockedOffsets.lock(transaction, { ...this.batch, records });
    const due = records.filter((record) => !offsets.isDone(record));
    if (due.length === 0) return NOTHING;
    const poison = new Set(letters.map((letter) => letter.record));
    const sound = due.filter((record) => !poison.has(record));
    const effect = sound.length > 0 ? await this.runWork(transaction, sound) : NOTHING;
    await this.setAside(transaction, [
      ...letters.filter((letter) => !offsets.isDone(letter.record)),
      ...(effect.deadLetters ?? []),
    ]);
    const outbox = effect.outgoing.length > 0 ? encodeRecords(withTraces(effect.outgoing)) : null;
    await advanceOffsets(transaction, this.batch, { records: due, outbox });
    this.hasWritten ||= outbox !== null;
    return effect;
  }

  private async setAside(transaction: Transaction, letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const kept = await this.handling.screen(transaction, letters);
    await writeDeadLetters(transaction, this.batch, kept);
  }

  private async runWork(
    transaction: Transaction,
    records: readonly LogRecord[],
  ): Promise<BatchEffect> {
    try {
      return await this.handling.work(transaction, records);
    } catch (error) {
      throw classify(error) === 'about-the-record' ? new WorkFailed(error) : error;
    }
  }
}

/** The record to set aside, when it is known: it named itself, or it is the only one. */
function identifyPoison(
  failure: WorkFailed,
  records: readonly LogRecord[],
  known: readonly DeadLetter[],
): DeadLetter | undefined {
  const { cause } = failure;
  if (cause instanceof PoisonRecord && known.length < NAMED_POISON_MAX) {
    const record = records.find((candidate) => candidate === cause.record);
    const isNew = known.every((letter) => letter.record !== record);
    if (record && isNew) return { record, code: cause.code, detail: cause.detail };
  }
  const [only, ...others] = records;
  if (!only || others.length > 0) return undefined;
  return { record: only, code: isFault(cause) ? cause.code : 'internal', detail: describe(cause) };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
