import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { deadLetterParts } from '#dead-letters';
import { erasureParts } from '#erasure';
import { Clock } from '#kernel';
import { replayParts } from '#replay';
import { Secret } from '#runtime';
import { storageProviders, UnitOfWork } from '#storage';
import { DeadlineSweeper } from './adapters/clock/deadline.sweeper.js';
import { ExportController } from './adapters/http/export.controller.js';
import { FactsController } from './adapters/http/facts.controller.js';
import { InteractionsController } from './adapters/http/interactions.controller.js';
import { QuarantinesController } from './adapters/http/quarantines.controller.js';
import { TimelineController } from './adapters/http/timeline.controller.js';
import { PostgresArchiveReader } from './adapters/postgres/archive.reader.js';
import {
  JOURNEY_ERASURES,
  JOURNEY_SCHEMA,
  postgresStores,
} from './adapters/postgres/journey.schema.js';
import { PostgresReplays } from './adapters/postgres/replay.repository.js';
import { PostgresReader } from './adapters/postgres/journey.reader.js';
import { JourneyMetrics } from './adapters/prometheus/journey.metrics.js';
import { JourneyStores } from './application/ports.js';
import { EraseReplaced } from './application/erasing/erase-replaced.js';
import { JourneyReader } from './application/reading.js';
import { ExportProfile } from './application/export-profile.js';
import { ReadFacts } from './application/read-facts.js';
import { ReadInteraction } from './application/read-interaction.js';
import { ReadMembership } from './application/read-membership.js';
import { ReadQuarantines } from './application/read-quarantines.js';
import { ReadTimeline } from './application/read-timeline.js';
import { ReplayProfiles } from './application/replaying/replay-profiles.js';
import { RetryQuarantine } from './application/retry-quarantine.js';
import { StitchBatch } from './application/stitch-batch.js';
import { SweepDeadlines } from './application/sweep-deadlines.js';
import type { JourneyConfig } from './journey.config.js';
import { JourneyConsumer } from './adapters/log/journey.consumer.js';

type UseCase = new (unitOfWork: UnitOfWork, stores: JourneyStores, clock: Clock) => object;
type Reader = new (reader: JourneyReader, membership: ReadMembership) => object;

const writing = (provide: UseCase): Provider => ({
  provide,
  inject: [UnitOfWork, JourneyStores, Clock],
  useFactory: (unitOfWork: UnitOfWork, stores: JourneyStores, clock: Clock) =>
    new provide(unitOfWork, stores, clock),
});
const reading = (provide: Reader): Provider => ({
  provide,
  inject: [JourneyReader, UnitOfWork, JourneyStores],
  useFactory: (reader: JourneyReader, unitOfWork: UnitOfWork, stores: JourneyStores) =>
    new provide(reader, new ReadMembership(unitOfWork, stores)),
});

const HTTP = [
  TimelineController,
  ExportController,
  FactsController,
  InteractionsController,
  QuarantinesController,
];

const erasing = erasureParts({
  book: JOURNEY_ERASURES,
  group: 'journey-erasure',
  stores: {
    inject: [UnitOfWork, JourneyStores],
    useFactory: (unitOfWork: UnitOfWork, stores: JourneyStores) => [
      new EraseReplaced(unitOfWork, stores),
    ],
  },
});

const setAside = deadLetterParts('journey');

const replaying = replayParts({
  service: 'journey',
  replaying: {
    inject: [UnitOfWork, JourneyStores, Clock],
    useFactory: (unitOfWork: UnitOfWork, stores: JourneyStores, clock: Clock) =>
      new ReplayProfiles(unitOfWork, { stores, replays: new PostgresReplays(), clock }),
  },
});

@Module({})
export class JourneyModule {
  static register(config: JourneyConfig): DynamicModule {
    return {
      module: JourneyModule,
      controllers: [
        JourneyConsumer,
        erasing.consumer,
        setAside.controller,
        replaying.controller,
        ...HTTP,
      ],
      providers: [
        ...erasing.providers,
        ...setAside.providers,
        ...replaying.providers,
        ...storageProviders({ ...JOURNEY_SCHEMA, poolSize: config.JOURNEY_POOL_SIZE }),
        { provide: JourneyStores, inject: [Secret], useFactory: postgresStores },
        {
          provide: JourneyReader,
          inject: [UnitOfWork],
          useFactory: (unitOfWork: UnitOfWork) => new PostgresReader(unitOfWork),
        },
        ...[StitchBatch, SweepDeadlines, RetryQuarantine].map(writing),
        ...[ReadTimeline, ReadFacts, ReadInteraction, ReadQuarantines].map(reading),
        {
          provide: ExportProfile,
          inject: [JourneyReader, UnitOfWork],
          useFactory: (reader: JourneyReader, unitOfWork: UnitOfWork) =>
            new ExportProfile(reader, new PostgresArchiveReader(unitOfWork)),
        },
        JourneyMetrics,
        {
          provide: DeadlineSweeper,
          inject: [SweepDeadlines, Clock],
          useFactory: (deadlines: SweepDeadlines, clock: Clock) =>
            new DeadlineSweeper(deadlines, clock, config.JOURNEY_SWEEP_MS),
        },
      ],
    };
  }
}
