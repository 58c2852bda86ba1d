import { Controller, Inject, type OnModuleInit } from '@nestjs/common';
import { TOPIC } from '#contracts';
import { BatchHandler, OffsetStores, type RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import { StoreRejections } from '../../application/rejections/store-rejections.js';

const GROUP = 'ingestion';

@Controller()
export class RejectionsConsumer implements OnModuleInit {
  constructor(
    @Inject(StoreRejections) private readonly storeRejections: StoreRejections,
    @Inject(UnitOfWork) private readonly unitOfWork: UnitOfWork,
    @Inject(OffsetStores) private readonly offsetStores: OffsetStores,
  ) {}

  onModuleInit(): void {
    this.offsetStores.register(GROUP, (partitions, incarnation) =>
      this.unitOfWork.startAt(GROUP, partitions, incarnation),
    );
  }

  @BatchHandler({ group: GROUP, topics: [TOPIC.interactionRejected.name] })
  async onRejections(batch: RecordBatch): Promise<void> {
    await this.storeRejections.execute(batch);
  }
}
