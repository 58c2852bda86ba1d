import { join } from 'node:path';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { openMemoryCache, openRedisCache, type Cache, type RedisCacheOptions } from '#cache';
import { TOPIC, TOPICS } from '#contracts';
import { openEventLog, type EventLog, type Following, type TopicToCreate } from '#event-log';
import { patiently, reachDatabase, startEmbeddedPostgres, type DatabaseLocation } from '#storage';
import { SystemClock, type Clock } from '#kernel';
import { openTracing, type SpanExporter, type Tracing } from '#tracing';
import { refusalBehind, unlessRefused } from './explain-refusal.js';
import {
  databaseUrlOf,
  kafkaOptions,
  rateDefaults,
  redisOptions,
  type InfrastructureConfig,
} from './infrastructure.config.js';
import { ConfigurationFault } from './config.js';
import { installationSecret, knownSecret } from './installation-secret.js';
import { sentenceOf } from './refusal.js';
import { RateLimiter } from './rate-limiter.js';
import type { Secret } from './secret.js';
import { TenantDirectory } from './tenant-directory.js';

/** What is particular to this installation; also an injection token. */
export abstract class Installation {
  /** The database was started by this process, or by the one whose data folder and secret it shares: a laptop, a demo. */
  abstract readonly isEmbedded: boolean;
  /** Folder of secret, first keys and embedded data. */
  abstract readonly dataDir: string;
}

export interface Infrastructure {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly cache: Cache;
  readonly database: DatabaseLocation;
  readonly secret: Secret;
  readonly directory: TenantDirectory;
  readonly installation: Installation;
  readonly tracing: Tracing;
  readonly limiter: RateLimiter;
  /** In the opposite order of opening. */
  close(): Promise<void>;
}

export interface ProcessOptions {
  readonly name?: string;
  readonly clock?: Clock | undefined;
  readonly exporter?: SpanExporter | undefined;
}

type Close = () => Promise<unknown>;

/**
 * Opens what the configuration names, makes missing topics, and fills the directory of tenants. When a part fails, those
 * already open are closed and the error is thrown.
 */
export async function openInfrastructure(
  config: InfrastructureConfig,
  { name = 'touchline', clock = new SystemClock(), exporter }: ProcessOptions = {},
): Promise<Infrastructure> {
  const closing: Close[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const tracing = openTracing({
      service: name,
      ratio: config.TOUCHLINE_TRACE_RATIO,
      exporter: exporter ?? exporterOf(config),
    });
    closing.push(() => tracing.close());
    return { clock, tracing, close, ...(await open(config, clock, closing)) };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

async function open(
  config: InfrastructureConfig,
  clock: Clock,
  closing: Close[],
): Promise<Omit<Infrastructure, 'clock' | 'tracing' | 'close'>> {
  const database = { url: databaseUrlOf(config) ?? (await embeddedDatabase(config, closing)) };
  const secret = {
    value: config.TOUCHLINE_SECRET ?? (await installationSecret(config.TOUCHLINE_DATA_DIR)),
  };
  const log = await openLog(config, database.url);
  closing.push(() => log.close());
  const redis = redisOptions(config);
  const cache = redis === undefined ? openMemoryCache({ clock }) : await openCache(config, redis);
  closing.push(() => cache.close());
  await patiently(() => log.ensureTopics(topicsToCreate(config)));
  const { directory, following } = await patiently(() => followTenants(log));
  closing.push(() => following.stop());
  const dataDir = config.TOUCHLINE_DATA_DIR;
  const isEmbedded =
    config.DATABASE_URL === undefined || (await knownSecret(dataDir)) === secret.value;
  const installation = { isEmbedded, dataDir };
  const shared = redis === undefined ? undefined : cache;
  const limiter = new RateLimiter({ shared, directory, clock, defaults: rateDefaults(config) });
  return { log, cache, database, secret, directory, installation, limiter };
}

function exporterOf({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
}: InfrastructureConfig): SpanExporter | undefined {
  if (endpoint === undefined) return undefined;
  return new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
}

function topicsToCreate(config: InfrastructureConfig): TopicToCreate[] {
  return TOPICS.map(({ name, kind, retentionMs }) => ({
    name,
    partitions: config.TOUCHLINE_PARTITIONS,
    isCompacted: kind === 'compacted',
    retentionMs,
  }));
}

async function embeddedDatabase(config: InfrastructureConfig, closing: Close[]): Promise<string> {
  const postgres = await startEmbeddedPostgres({
    dir: join(config.TOUCHLINE_DATA_DIR, 'postgres'),
  });
  closing.push(() => postgres.stop());
  return postgres.url;
}

/** A server that refuses us ends the start at once, with the remedy; one that is not there yet is waited for. */
async function openLog(config: InfrastructureConfig, databaseUrl: string): Promise<EventLog> {
  if (config.TOUCHLINE_LOG === 'postgres')
    return patiently(() =>
      unlessRefused('Postgres', config, () => openEventLog({ kind: 'postgres', databaseUrl })),
    );
  await refuseDatabase(config, databaseUrl);
  return patiently(() =>
    unlessRefused('Kafka', config, () => openEventLog({ kind: 'kafka', ...kafkaOptions(config) })),
  );
}

/** Postgres may be away now: only a refusal counts. */
async function refuseDatabase(config: InfrastructureConfig, url: string): Promise<void> {
  await unlessRefused('Postgres', config, () => reachDatabase(url)).catch((error: unknown) => {
    if (error instanceof ConfigurationFault) throw error;
  });
}

/** Redis may refuse us: whoever asks the cache what it is learns why. */
function openCache(config: InfrastructureConfig, options: RedisCacheOptions): Promise<Cache> {
  const explain = async (error: unknown): Promise<string | undefined> => {
    const refusal = await refusalBehind('Redis', config, error);
    return refusal && sentenceOf('Redis', refusal);
  };
  return openRedisCache({ ...options, explain });
}

async function followTenants(
  log: EventLog,
): Promise<{ directory: TenantDirectory; following: Following }> {
  const directory = new TenantDirectory();
  const following = await log.follow({
    topics: [TOPIC.tenantChanged.name, TOPIC.sourceChanged.name],
    from: 'earliest',
    onRecords: (records) => directory.apply(records),
  });
  await following.caughtUp();
  return { directory, following };
}
