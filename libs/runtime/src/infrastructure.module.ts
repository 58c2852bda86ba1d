import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Cache } from '#cache';
import { BatchHandlers, EventLog, OffsetStores } from '#event-log';
import { Clock } from '#kernel';
import { DatabaseLocation } from '#storage';
import { Installation, type Infrastructure } from './infrastructure.js';
import { Metrics } from './metrics.js';
import { RateLimiter } from './rate-limiter.js';
import { Readiness } from './readiness.js';
import { Secret } from './secret.js';
import { TenantDirectory } from './tenant-directory.js';

/** Global: what services take from outside themselves, as tokens. Opened before, closed after the application. */
@Module({})
export class InfrastructureModule {
  static register(infrastructure: Infrastructure): DynamicModule {
    const providers: Provider[] = [
      { provide: EventLog, useValue: infrastructure.log },
      { provide: Cache, useValue: infrastructure.cache },
      { provide: DatabaseLocation, useValue: infrastructure.database },
      { provide: Secret, useValue: infrastructure.secret },
      { provide: TenantDirectory, useValue: infrastructure.directory },
      { provide: Installation, useValue: infrastructure.installation },
      { provide: RateLimiter, useValue: infrastructure.limiter },
      { provide: Clock, useValue: infrastructure.clock },
      OffsetStores,
      BatchHandlers,
      Metrics,
      Readiness,
    ];
    return {
      module: InfrastructureModule,
      global: true,
      providers,
      exports: [
        EventLog,
        Cache,
        DatabaseLocation,
        Secret,
        TenantDirectory,
        Installation,
        RateLimiter,
        Clock,
        OffsetStores,
        BatchHandlers,
        Metrics,
        Readiness,
      ],
    };
  }
}
