import { Controller } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TOPIC } from '#contracts';
import { BatchHandler, OffsetStores } from '#event-log';
import type { RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import { ResolveBatch } from '../../application/resolve-batch.js';

export const IDENTITY_GROUP = 'identity';

@Controller()
export class IdentityConsumer implements OnModuleInit {
  constructor(
    private readonly resolveBatch: ResolveBatch,
    private readonly unitOfWork: UnitOfWork,
    private readonly offsets: OffsetStores,
  ) {}

  onModuleInit(): void {
    this.offsets.register(IDENTITY_GROUP, (partitions, incarnation) =>
      this.unitOfWork.startAt(IDENTITY_GROUP, partitions, incarnation),
    );
  }

  @BatchHandler({ group: IDENTITY_GROUP, topics: [TOPIC.interactionAccepted.name] })
  async onBatch(batch: RecordBatch): Promise<void> {
    await this.resolveBatch.execute(batch);
  }
}
