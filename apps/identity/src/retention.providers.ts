import type { Provider, Type } from '@nestjs/common';
import { RetentionWorker } from './adapters/clock/retention.worker.js';
import { RetentionController } from './adapters/http/retention.controller.js';
import { PostgresExpiryStore } from './adapters/postgres/postgres-expiry.store.js';
import { RetentionMetrics, RetentionStanding } from './adapters/prometheus/retention.metrics.js';
import { ExpireDue } from './application/expire-due.js';
import { ExpireInteractions } from './application/expire-interactions.js';
import { ExpiryStore } from './application/expiring/ports.js';
import { TakeAway } from './application/expiring/take-away.js';
import { ShowRetention } from './application/show-retention.js';

/** What takes away by age what a tenant does not keep. */
export const retentionParts: { controller: Type; providers: Provider[] } = {
  controller: RetentionController,
  providers: [
    { provide: ExpiryStore, useClass: PostgresExpiryStore },
    TakeAway,
    ExpireInteractions,
    ExpireDue,
    ShowRetention,
    RetentionWorker,
    RetentionStanding,
    RetentionMetrics,
  ],
};
