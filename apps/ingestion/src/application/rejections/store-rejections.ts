import { Injectable } from '@nestjs/common';
import { ErasureBook, Reading } from '#erasure';
import type { RecordBatch, LogRecord } from '#event-log';
import { PoisonRecord, UnitOfWork } from '#storage';
import { Rejections, type StoredRejection } from '../ports.js';
import { saidIn } from './erase-rejections.js';

/** Keeps what was rejected where it can be listed; not what speaks of somebody who was erased since. */
@Injectable()
export class StoreRejections {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rejections: Rejections,
    private readonly book: ErasureBook,
    private readonly reading: Reading,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, async (transaction, records) => {
      const received = records.map(decode);
      const erased = await this.book.mentioned(transaction, received.map(saidIn), this.reading);
      const kept = received.filter((_, index) => !erased.has(index));
      await this.rejections.store(transaction, kept);
      return { outgoing: [] };
    });
  }
}

const TEXTS = ['rejectionId', 'tenant', 'receivedAt', 'code', 'detail', 'pointer', 'raw'] as const;

function decode(record: LogRecord): StoredRejection {
  const value = parse(record);
  for (const name of TEXTS) {
    if (typeof value[name] !== 'string')
      throw new PoisonRecord(record, 'wrong-type', `rejection without ${name}`);
  }
  return value as unknown as StoredRejection;
}

function parse(record: LogRecord): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(record.value?.toString('utf8') ?? 'null');
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // falls through: a text that is no JSON is as unreadable as null
  }
  throw new PoisonRecord(record, 'malformed-json', 'the rejection cannot be read');
}
