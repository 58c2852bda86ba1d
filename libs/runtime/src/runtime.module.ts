import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { HealthController } from './health.controller.js';
import type { Infrastructure } from './infrastructure.js';
import { InfrastructureModule } from './infrastructure.module.js';
import { MetricsController } from './metrics.controller.js';
import { ProblemsController } from './problems.controller.js';

export interface RuntimeParts {
  readonly infrastructure: Infrastructure;
  readonly logger: Logger;
  readonly services: readonly DynamicModule[];
}

/** The root module of every process: infrastructure, logs, the controllers that all services have, and the services. */
@Module({})
export class RuntimeModule {
  static register({ infrastructure, logger, services }: RuntimeParts): DynamicModule {
    return {
      module: RuntimeModule,
      imports: [
        // No middleware: requests are logged by a hook, errors only, without addresses (they hold ids).
        LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] }),
        InfrastructureModule.register(infrastructure),
        ...services,
      ],
      controllers: [HealthController, MetricsController, ProblemsController],
    };
  }
}
