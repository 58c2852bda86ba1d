import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { HealthController } from './health.controller.js';
import type { Infrastructure } from './infrastructure.js';
import { InfrastructureModule } from './infrastructure.module.js';
import { LOG_SERIALIZERS } from './logging.js';
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
        // Left to itself, pino-http puts its own serializer of errors over the logger's.
        LoggerModule.forRoot({
          pinoHttp: {
            logger,
            autoLogging: false,
            wrapSerializers: false,
            serializers: LOG_SERIALIZERS,
          },
          forRoutes: [],
        }),
        InfrastructureModule.register(infrastructure),
        ...services,
      ],
      controllers: [HealthController, MetricsController, ProblemsController],
    };
  }
}
