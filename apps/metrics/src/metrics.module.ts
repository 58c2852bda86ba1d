import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { deadLetterParts } from '#dead-letters';
import { ErasureBook, erasureParts } from '#erasure';
import { Clock } from '#kernel';
import { replayParts } from '#replay';
import {
  ErasureTables1700000000001,
  ExpiredNames1700000000003,
  ReplayTable1700000000002,
  UnitOfWork,
  storageProviders,
} from '#storage';
import { KpiController } from './adapters/http/kpi.controller.js';
import { StreamController } from './adapters/http/stream.controller.js';
import { streamProviders } from './stream.providers.js';
import { BucketPublisher, PublisherOptions } from './adapters/log/bucket.publisher.js';
import { MetricsConsumer } from './adapters/log/metrics.consumer.js';
import { PostgresAggregateTables } from './adapters/postgres/counting/observations-and-buckets.repository.js';
import { PostgresRollingTable } from './adapters/postgres/answering/rolling.repository.js';
import { PostgresKpiReadings } from './adapters/postgres/answering/kpi-view.repository.js';
import { PostgresErasedReasons } from './adapters/postgres/erasing/erased-reasons.repository.js';
import { CreateMetricsTables1763769600000 } from './adapters/postgres/migrations/create-metrics-tables.js';
import { IndexCauses1763769600001 } from './adapters/postgres/migrations/index-causes.js';
import { ReadOneTenant1763769600002 } from './adapters/postgres/migrations/read-one-tenant.js';
import { BuildShadows1763769600004 } from './adapters/postgres/migrations/build-shadows.js';
import { TokenDays1763769600003 } from './adapters/postgres/migrations/token-days.js';
import { PostgresCorrectionLedger } from './adapters/postgres/publishing/correction.repository.js';
import { PostgresPublicationTables } from './adapters/postgres/publishing/publication.repository.js';
import { AnsweringMetrics } from './adapters/prometheus/answering.metrics.js';
import { PublishingMetrics } from './adapters/prometheus/publishing.metrics.js';
import { DirectoryRules } from './adapters/settings/directory.rules.js';
import { AggregateBatch } from './application/counting/aggregate-batch.js';
import { DayMemory } from './application/answering/day-memory.js';
import { RememberedReadings } from './application/answering/remembered-days.js';
import { ListCorrections } from './application/answering/list-corrections.js';
import { ListFactsBehind } from './application/answering/list-facts-behind.js';
import { AggregateErasing } from './application/erasing/aggregate-erasing.js';
import { ErasedReasons } from './application/erasing/ports.js';
import { PublicationsRenamed } from './application/erasing/publications-renamed.js';
import { AggregateTables, KpiReadings, RebuildTables, TenantRules } from './application/ports.js';
import { CorrectionLedger, PublicationTables } from './application/publication-ports.js';
import { PublishBuckets } from './application/publishing/publish-buckets.js';
import { ReadKpiTable } from './application/answering/read-kpi-table.js';
import { RefreshRolling, RollingTable } from './application/answering/refresh-rolling.js';
import { CompletenessGrace, ReadKpi } from './application/answering/read-kpi.js';
import { BringUpToDate } from './application/counting/bring-up-to-date.js';
import { BuildDefinitions } from './application/counting/build-definitions.js';
import { RebuildBuckets } from './application/counting/rebuild-buckets.js';
import { RecountBuckets } from './application/replaying/recount-buckets.js';
import type { MetricsConfig } from './metrics.config.js';

export const METRICS_SCHEMA = {
  schema: 'metrics',
  migrations: [
    ErasureTables1700000000001,
    CreateMetricsTables1763769600000,
    IndexCauses1763769600001,
    ReadOneTenant1763769600002,
    TokenDays1763769600003,
    BuildShadows1763769600004,
    ReplayTable1700000000002,
    ExpiredNames1700000000003,
  ],
};

const erasing = erasureParts({ book: new ErasureBook('metrics', true), group: 'metrics-erasure' });
const setAside = deadLetterParts('metrics');

const replaying = replayParts({
  service: 'metrics',
  replaying: {
    inject: [RebuildTables, BringUpToDate, Clock],
    useFactory: (tables: RebuildTables, upToDate: BringUpToDate, clock: Clock) =>
      new RecountBuckets(tables, upToDate, clock),
  },
});

const PORTS: Provider[] = [
  { provide: TenantRules, useClass: DirectoryRules },
  { provide: RebuildTables, useClass: PostgresAggregateTables },
  { provide: AggregateTables, useExisting: RebuildTables },
  {
    provide: KpiReadings,
    inject: [UnitOfWork, TenantRules, DayMemory],
    useFactory: (unitOfWork: UnitOfWork, rules: TenantRules, memory: DayMemory) =>
      new RememberedReadings(new PostgresKpiReadings(unitOfWork, rules), memory),
  },
  { provide: ErasedReasons, useClass: PostgresErasedReasons },
  {
    provide: PublicationTables,
    inject: [ErasedReasons],
    useFactory: (reasons: ErasedReasons) =>
      new PublicationsRenamed(new PostgresPublicationTables(), reasons),
  },
  { provide: RollingTable, useClass: PostgresRollingTable },
  { provide: CorrectionLedger, useClass: PostgresCorrectionLedger },
];
const USE_CASES = [
  AggregateBatch,
  AggregateErasing,
  RebuildBuckets,
  BuildDefinitions,
  BringUpToDate,
  PublishBuckets,
  DayMemory,
  ReadKpi,
  ReadKpiTable,
  RefreshRolling,
  ListFactsBehind,
  ListCorrections,
];

@Module({})
export class MetricsModule {
  static register(config: MetricsConfig): DynamicModule {
    return {
      module: MetricsModule,
      controllers: [
        KpiController,
        StreamController,
        MetricsConsumer,
        erasing.consumer,
        setAside.controller,
        replaying.controller,
      ],
      providers: [
        ...storageProviders(METRICS_SCHEMA),
        ...erasing.providers,
        ...setAside.providers,
        ...replaying.providers,
        ...PORTS,
        ...USE_CASES,
        ...streamProviders(config),
        { provide: CompletenessGrace, useValue: { graceMs: config.METRICS_GRACE_MS } },
        { provide: PublisherOptions, useValue: publisherOptions(config) },
        BucketPublisher,
        PublishingMetrics,
        AnsweringMetrics,
      ],
    };
  }
}

function publisherOptions(config: MetricsConfig): PublisherOptions {
  return {
    everyMs: config.METRICS_PUBLISH_EVERY_MS,
    rollingRestMs: config.METRICS_ROLLING_REST_MS,
    rule: {
      graceMs: config.METRICS_GRACE_MS,
      quietMs: config.METRICS_QUIET_MS,
      quietMaxMs: config.METRICS_QUIET_MAX_MS,
      againQuietMs: config.METRICS_AGAIN_QUIET_MS,
      againEveryMs: config.METRICS_AGAIN_EVERY_MS,
    },
  };
}
