import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock } from '#kernel';
import type { SpanExporter } from '#tracing';
import { BatchHandlers, EventLogTransport, OffsetStores } from '#event-log';
import { Logger } from 'nestjs-pino';
import { AuthGuard } from './auth.guard.js';
import { loadConfigs, type Environment } from './config.js';
import { serveDocumentation } from './documentation.js';
import { closeWhenLeaving, httpServer } from './http-server.js';
import { InfrastructureConfig, infrastructureFaults } from './infrastructure.config.js';
import { openInfrastructure, type Infrastructure } from './infrastructure.js';
import { createLogger } from './logging.js';
import { Metrics } from './metrics.js';
import { parameterPipe } from './parameter-pipe.js';
import { ProblemFilter } from './problem.filter.js';
import { Readiness } from './readiness.js';
import { measureRequests } from './request-metrics.js';
import { RateGuard } from './rate.guard.js';
import { RouteIndex } from './route-index.js';
import { RuntimeModule } from './runtime.module.js';
import { SERVICE_PORTS, type Service, type ProcessName } from './service.js';
import { traceRequests } from './trace-requests.js';
import { watch } from './watch.js';
import { observeWork } from './work-metrics.js';

export interface ApplicationOptions {
  readonly name: ProcessName;
  readonly services: readonly Service[];
  readonly environment: Environment;
  /** Where traces go, when the configuration names no collector. */
  readonly exporter?: SpanExporter;
  /** The system's, unless a test tells a story on its own time. */
  readonly clock?: Clock;
  /** Where log lines go; standard output by default. */
  readonly logTo?: NodeJS.WritableStream;
  /** A subscription died: the process cannot do its work any more. */
  readonly onFailure?: (reason: string) => void;
}

export interface Application {
  /** `http://host:port`, where it listens: 0.0.0.0 and [::] are all addresses of the machine. */
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly infrastructure: Infrastructure;
  /**
   * The first half of a stop, for who is behind a proxy: hands its partitions over and says that it is not ready, but answers
   * for TOUCHLINE_DRAIN_MS more.
   */
  leave(): Promise<void>;
  /** Stops taking requests and records, finishes what runs, closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** Starts one or several services in this process: infrastructure, then consumers, then the HTTP server. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const configured = configure(options);
  const { name, clock, exporter } = options;
  const infrastructure = await openInfrastructure(configured.config, { name, clock, exporter });
  try {
    return await serve(options, configured, infrastructure);
  } catch (error) {
    await infrastructure.close();
    throw error;
  }
}

interface Configured {
  readonly config: InfrastructureConfig;
  readonly modules: readonly DynamicModule[];
}

function configure({ services, environment }: ApplicationOptions): Configured {
  const [config, ...own] = loadConfigs<[InfrastructureConfig, ...object[]]>(
    [InfrastructureConfig, ...services.map((service) => service.config)],
    environment,
    ([infrastructure]) => infrastructureFaults(infrastructure),
  );
  return {
    config,
    modules: services.map((service, index) => service.module.register(own[index] ?? {})),
  };
}

async function serve(
  options: ApplicationOptions,
  configured: Configured,
  infrastructure: Infrastructure,
): Promise<Application> {
  const app = await createApp(options, configured, infrastructure);
  const { log, tracing } = infrastructure;
  const observer = observeWork(app.get(Metrics), tracing);
  const groups = { offsetStores: app.get(OffsetStores), handlers: app.get(BatchHandlers) };
  const transport = new EventLogTransport(log, groups, observer);
  app.connectMicroservice({ strategy: transport });
  transport.onFailure(({ group, error }) => options.onFailure?.(`${group}: ${error.message}`));
  try {
    await app.init();
    await app.startAllMicroservices();
    watch(app, transport, options.services);
    await app.listen(configured.config.PORT ?? SERVICE_PORTS[options.name], configured.config.HOST);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  const leave = async (): Promise<void> => {
    app.get(Readiness).leave();
    await Promise.all([transport.close(), sleep(configured.config.TOUCHLINE_DRAIN_MS)]);
  };
  const stop = stopOnce(app, infrastructure);
  return { url: urlOf(app), app, infrastructure, leave, stop };
}

async function createApp(
  options: ApplicationOptions,
  configured: Configured,
  infrastructure: Infrastructure,
): Promise<NestFastifyApplication> {
  const routes = new RouteIndex();
  const logger = createLogger({
    name: options.name,
    level: configured.config.LOG_LEVEL,
    destination: options.logTo,
  });
  const root = RuntimeModule.register({ infrastructure, logger, services: configured.modules });
  const app = await NestFactory.create<NestFastifyApplication>(root, httpServer(routes), {
    bufferLogs: true,
    bodyParser: false,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.useGlobalFilters(new ProblemFilter(routes, app.get(Metrics)));
  app.useGlobalPipes(parameterPipe());
  const { directory, secret } = infrastructure;
  const isOff = configured.config.TOUCHLINE_AUTH === 'off';
  const reflector = app.get(Reflector);
  app.useGlobalGuards(
    new AuthGuard(reflector, { directory, secret, isOff }),
    new RateGuard(reflector, infrastructure.limiter),
  );
  closeWhenLeaving(app.getHttpAdapter().getInstance(), app.get(Readiness));
  measureRequests(app.getHttpAdapter().getInstance(), app.get(Metrics));
  traceRequests(app.getHttpAdapter().getInstance(), infrastructure.tracing);
  serveDocumentation(app, options.name);
  return app;
}

function stopOnce(
  app: NestFastifyApplication,
  infrastructure: Infrastructure,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => (stopping ??= app.close().finally(() => infrastructure.close()));
}

function urlOf(app: NestFastifyApplication): string {
  const address = app.getHttpServer().address() as AddressInfo;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
