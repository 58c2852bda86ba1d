import { Injectable } from '@nestjs/common';
import { HEADER, TOPIC } from '#contracts';
import { doneRecord } from '#erasure';
import type { LogRecord, RecordBatch } from '#event-log';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import { AggregateBatch } from '../counting/aggregate-batch.js';
import { ErasedReasons, type ErasedInteraction } from './ports.js';

/** A batch as it is; where it says that interactions are erased, their names go with them. */
@Injectable()
export class AggregateErasing {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly aggregation: AggregateBatch,
    private readonly reasons: ErasedReasons,
    private readonly clock: Clock,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, async (transaction, records) => {
      const tombstones = records.flatMap(tombstoneIn);
      const done =
        tombstones.length === 0
          ? []
          : await this.reasons.erase(transaction, tombstones, this.clock.now());
      const effect = await this.aggregation.aggregate(transaction, records);
      return { ...effect, outgoing: [...effect.outgoing, ...done.map(doneRecord)] };
    });
  }
}

/** One that lacks a name cannot be read by anybody: it is set aside with the others. */
function tombstoneIn({ topic, headers, value }: LogRecord): ErasedInteraction[] {
  if (topic !== TOPIC.interactionIdentified.name || value !== null) return [];
  const tenant = headers[HEADER.tenant];
  const source = headers[HEADER.interactionSource];
  const id = headers[HEADER.interactionId];
  const erasureId = headers[HEADER.causeRef];
  if (tenant === undefined || source === undefined || id === undefined) return [];
  if (erasureId === undefined) return [];
  const isByAge = headers[HEADER.cause] === 'retention';
  const until = isByAge ? Number(headers[HEADER.contentRevision]) : undefined;
  return Number.isNaN(until) ? [] : [{ tenant, source, id, erasureId, until }];
}
