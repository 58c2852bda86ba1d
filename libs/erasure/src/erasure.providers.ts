import {
  Controller,
  type InjectionToken,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common';
import { BatchHandler, OffsetStores, type RecordBatch } from '#event-log';
import { Clock } from '#kernel';
import { Secret, TenantDirectory } from '#runtime';
import { DeadLetters, UnitOfWork } from '#storage';
import { CarryOutErasures, type ErasableStore } from './carry-out-erasures.js';
import { eraseDeadLetters } from './erase-dead-letters.js';
import { ErasureBook } from './erasure-book.js';
import { ERASURE_TOPICS } from './erasure-records.js';
import { Reading } from './mentions.js';
import { screenDeadLetters } from './screen-dead-letters.js';

export interface ErasingService {
  readonly book: ErasureBook;
  /** Consumer group. */
  readonly group: string;
  /** Beside the dead letters. */
  readonly stores?: {
    readonly inject: readonly InjectionToken[];
    readonly useFactory: (...parts: never[]) => readonly ErasableStore[];
  };
}

/** Words are read with the secret of the installation, and by the regions of tenants as they are set now. */
export const READING: Provider = {
  provide: Reading,
  inject: [Secret, TenantDirectory],
  useFactory: (secret: Secret, directory: TenantDirectory): Reading => ({
    secret: secret.value,
    regionOf: (tenant) => directory.settings(tenant).region,
  }),
};

/** What a service module needs to carry erasures out: the consumer, and `ErasureBook`, `Reading`, `CarryOutErasures`. */
export function erasureParts(service: ErasingService): { consumer: Type; providers: Provider[] } {
  const { book, group, stores } = service;
  const STORES = Symbol('erasable stores');
  return {
    consumer: consumerOf(group),
    providers: [
      { provide: ErasureBook, useValue: book },
      READING,
      {
        provide: STORES,
        inject: [...(stores?.inject ?? [])],
        useFactory: stores?.useFactory ?? (() => []),
      },
      {
        provide: CarryOutErasures,
        inject: [UnitOfWork, DeadLetters, Reading, Clock, STORES],
        useFactory: (
          unitOfWork: UnitOfWork,
          ...[deadLetters, reading, clock, own]: [DeadLetters, Reading, Clock, ErasableStore[]]
        ) => {
          unitOfWork.screenDeadLetters(
            screenDeadLetters((transaction, said) => book.mentioned(transaction, said, reading)),
          );
          const cleaned = [...own, eraseDeadLetters(deadLetters)];
          return new CarryOutErasures(unitOfWork, { book, reading, clock, stores: cleaned });
        },
      },
    ],
  };
}

function consumerOf(group: string): Type {
  @Controller()
  class ErasureConsumer implements OnModuleInit {
    constructor(
      private readonly erasures: CarryOutErasures,
      private readonly unitOfWork: UnitOfWork,
      private readonly offsets: OffsetStores,
    ) {}

    onModuleInit(): void {
      this.offsets.register(group, (partitions, incarnation) =>
        this.unitOfWork.startAt(group, partitions, incarnation),
      );
    }

    @BatchHandler({ group, topics: ERASURE_TOPICS })
    async onBatch(batch: RecordBatch): Promise<void> {
      await this.erasures.execute(batch);
    }
  }
  return ErasureConsumer;
}
