import { Controller } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { TOPIC } from '#contracts';
import { screenDeadLetters } from '#erasure';
import { BatchHandler, OffsetStores } from '#event-log';
import type { RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import { FindMentioned } from '../../application/erasing/find-mentioned.js';
import { ReadErasures } from '../../application/read-erasures.js';

/** A group of its own: an erasure waits for no interaction, and no interaction for it. */
const ERASURE_GROUP = 'identity-erasures';

@Controller()
export class ErasureConsumer implements OnModuleInit {
  constructor(
    private readonly readErasures: ReadErasures,
    private readonly findMentioned: FindMentioned,
    private readonly unitOfWork: UnitOfWork,
    private readonly offsets: OffsetStores,
  ) {}

  onModuleInit(): void {
    this.offsets.register(ERASURE_GROUP, (partitions, incarnation) =>
      this.unitOfWork.startAt(ERASURE_GROUP, partitions, incarnation),
    );
    this.unitOfWork.screenDeadLetters(
      screenDeadLetters((transaction, said) => this.findMentioned.execute(transaction, said)),
    );
  }

  @BatchHandler({
    group: ERASURE_GROUP,
    topics: [TOPIC.erasureRequested.name, TOPIC.erasureDone.name],
  })
  async onBatch(batch: RecordBatch): Promise<void> {
    await this.readErasures.execute(batch);
  }
}
