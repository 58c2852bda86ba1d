import { Controller, type OnModuleInit } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchHandler, OffsetStores, type RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import { JOURNEY_GROUP, JOURNEY_TOPICS } from '../../application/decode-records.js';
import { StitchBatch } from '../../application/stitch-batch.js';

/** One group over all topics: a batch mixes interactions, moves and profiles, and revisions decide. */
@Controller()
export class JourneyConsumer implements OnModuleInit {
  constructor(
    private readonly stitching: StitchBatch,
    private readonly unitOfWork: UnitOfWork,
    private readonly offsetStores: OffsetStores,
  ) {}

  onModuleInit(): void {
    this.offsetStores.register(JOURNEY_GROUP, (partitions, incarnation) =>
      this.unitOfWork.startAt(JOURNEY_GROUP, partitions, incarnation),
    );
  }

  @BatchHandler({ group: JOURNEY_GROUP, topics: JOURNEY_TOPICS })
  async onBatch(@Payload() batch: RecordBatch): Promise<void> {
    await this.stitching.execute(batch);
  }
}
