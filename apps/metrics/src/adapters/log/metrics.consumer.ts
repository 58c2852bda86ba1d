import { Controller } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { FACT_TOPIC, TOPIC } from '#contracts';
import { BatchHandler, OffsetStores } from '#event-log';
import type { RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import { AggregateErasing } from '../../application/erasing/aggregate-erasing.js';

export const METRICS_GROUP = 'metrics';
export const METRICS_TOPICS: readonly string[] = [
  TOPIC.interactionIdentified.name,
  ...Object.values(FACT_TOPIC),
];

@Controller()
export class MetricsConsumer implements OnModuleInit {
  constructor(
    private readonly aggregate: AggregateErasing,
    private readonly unitOfWork: UnitOfWork,
    private readonly offsets: OffsetStores,
  ) {}

  onModuleInit(): void {
    this.offsets.register(METRICS_GROUP, (partitions, incarnation) =>
      this.unitOfWork.startAt(METRICS_GROUP, partitions, incarnation),
    );
  }

  @BatchHandler({ group: METRICS_GROUP, topics: METRICS_TOPICS })
  async onBatch(batch: RecordBatch): Promise<void> {
    await this.aggregate.execute(batch);
  }
}
