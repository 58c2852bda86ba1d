/** Erasures off the log: parts, which a system that is built anew carries out again, and what the other services did. */
import { Injectable } from '@nestjs/common';
import { TOPIC } from '#contracts';
import type { ErasureDone, ErasureRequested } from '#contracts';
import type { LogRecord, RecordBatch } from '#event-log';
import { Fault } from '#kernel';
import { UnitOfWork } from '#storage';
import { ErasureReceipts } from './erasing/receipts.js';
import { TakeErasure } from './erasing/take-erasure.js';

@Injectable()
export class ReadErasures {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly take: TakeErasure,
    private readonly receipts: ErasureReceipts,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, async (transaction, records) => {
      const ofTopic = (topic: { readonly name: string }): LogRecord[] =>
        records.filter((record) => record.topic === topic.name && record.value !== null);
      const requested = ofTopic(TOPIC.erasureRequested).map(decode<ErasureRequested>);
      const outgoing = await this.take.execute(transaction, requested);
      const done = ofTopic(TOPIC.erasureDone).map(decode<ErasureDone>);
      await this.receipts.keepDone(transaction, done);
      return { outgoing };
    });
  }
}

function decode<Body extends { readonly tenant: string }>({ value }: LogRecord): Body {
  try {
    const body = JSON.parse(value?.toString('utf8') ?? '') as Body;
    if (typeof body.tenant === 'string') return body;
  } catch {
    // Said below.
  }
  throw new Fault('invalid-value', 'the record of an erasure is no JSON object with a tenant');
}
