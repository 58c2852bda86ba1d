import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import type { RateLimits } from '#contracts';
import type { RedisCacheOptions } from '#cache';
import type { KafkaLogOptions } from '#event-log';
import { authorityFaults, readAuthority, withAuthority } from './authorities.js';
import { loadConfigs, type Environment } from './config.js';

/** A process is gone within 10 s, this included. */
const DRAIN_MAX_MS = 6_000;
const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** A second, and at once; up to 99,999 and 999,999. */
const RATE = /^[1-9]\d{0,4}(:[1-9]\d{0,5})?$/;

/** What every process reads: where it listens, and which backends it uses. Defaults are those of a laptop. */
export class InfrastructureConfig {
  /** Port to listen on; 0 = any free one. Each service has its own default. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT?: number;

  /** Address to listen on. */
  @IsString()
  readonly HOST: string = '127.0.0.1';

  /**
   * After SIGTERM a process says for so long that it is not ready, and answers all the same: longer than the proxy takes to
   * see it. 0 where nobody asks for health.
   */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(DRAIN_MAX_MS)
  readonly TOUCHLINE_DRAIN_MS: number = 0;

  /** `postgres` = tables in the database (one node); `kafka` = Apache Kafka at KAFKA_BROKERS. */
  @IsIn(['postgres', 'kafka'])
  readonly TOUCHLINE_LOG: 'postgres' | 'kafka' = 'postgres';

  /** `host:port`, several with commas. */
  @IsOptional()
  @Matches(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, {
    message: 'KAFKA_BROKERS must be host:port[,host:port…]',
  })
  readonly KAFKA_BROKERS?: string;

  /** Before every topic name, so that several installations can share a cluster. */
  @IsOptional()
  @Matches(/^[a-zA-Z0-9._-]{1,50}$/, { message: 'KAFKA_TOPIC_PREFIX must be a topic name' })
  readonly KAFKA_TOPIC_PREFIX?: string;

  /** Copies of each partition of topics that do not exist yet; absent = as the cluster is configured. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(9)
  readonly KAFKA_REPLICATION?: number;

  /** Copies that must have a record before it is accepted, of topics that do not exist yet; absent = as the cluster is configured. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(9)
  readonly KAFKA_MIN_INSYNC?: number;

  /** `on` = TLS to Kafka. */
  @IsIn(['on', 'off'])
  readonly KAFKA_TLS: 'on' | 'off' = 'off';

  /** File of the authorities (PEM) that Kafka's certificate may be of; absent = those that Node knows. */
  @IsOptional()
  @IsString()
  readonly KAFKA_CA_FILE?: string;

  @IsOptional()
  @IsIn(SASL_MECHANISMS)
  readonly KAFKA_SASL_MECHANISM?: (typeof SASL_MECHANISMS)[number];

  @IsOptional()
  @IsString()
  readonly KAFKA_SASL_USERNAME?: string;

  @IsOptional()
  @IsString()
  readonly KAFKA_SASL_PASSWORD?: string;

  /** `postgres://user:password@host:port/database`; absent = Postgres is started by this process. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/\S+$/, { message: 'DATABASE_URL must be postgres://…' })
  readonly DATABASE_URL?: string;

  /** File of the authorities (PEM) that the certificate of Postgres may be of; with it TLS is used, and certificate and host are checked. */
  @IsOptional()
  @IsString()
  readonly DATABASE_CA_FILE?: string;

  /** `redis://user:password@host:port`, `rediss:` for TLS; absent = a cache in this process. */
  @IsOptional()
  @Matches(/^rediss?:\/\/\S+$/, { message: 'REDIS_URL must be redis://… or rediss://…' })
  readonly REDIS_URL?: string;

  /** File of the authorities (PEM) that the certificate of Redis may be of; absent = those that Node knows. */
  @IsOptional()
  @IsString()
  readonly REDIS_CA_FILE?: string;

  /** Limit of requests of keys for which neither they nor their tenant say one: a second, and at once: `100` or `100:500`. Absent = none. */
  @IsOptional()
  @Matches(RATE, { message: 'TOUCHLINE_RATE_REQUESTS must be like 100 or 100:500' })
  readonly TOUCHLINE_RATE_REQUESTS?: string;

  /** The same of interactions posted. */
  @IsOptional()
  @Matches(RATE, { message: 'TOUCHLINE_RATE_INTERACTIONS must be like 100 or 100:500' })
  readonly TOUCHLINE_RATE_INTERACTIONS?: string;

  /** At least 32 characters; pepper of API keys and key of profile ids. Made once when the database is embedded. */
  @IsOptional()
  @MinLength(32)
  readonly TOUCHLINE_SECRET?: string;

  /** `off` = no API keys; on loopback only. */
  @IsIn(['on', 'off'])
  readonly TOUCHLINE_AUTH: 'on' | 'off' = 'on';

  /** Where the embedded Postgres and its secret live. */
  @IsString()
  readonly TOUCHLINE_DATA_DIR: string = '.touchline';

  /** Partitions of topics that do not exist yet. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(64)
  readonly TOUCHLINE_PARTITIONS: number = 4;

  /** Where traces are sent, as OTLP over HTTP (`http://collector:4318`); absent = none are recorded. */
  @IsOptional()
  @Matches(/^https?:\/\/\S+$/, { message: 'OTEL_EXPORTER_OTLP_ENDPOINT must be http://…' })
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** Share of requests that begin a trace; a caller's `traceparent` decides for itself. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly TOUCHLINE_TRACE_RATIO: number = 0.01;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
  readonly LOG_LEVEL: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent' = 'info';
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Rules over several variables; sentences as in `ConfigurationFault`. */
export function infrastructureFaults(config: InfrastructureConfig): string[] {
  const faults: string[] = [];
  if (config.TOUCHLINE_LOG === 'kafka' && config.KAFKA_BROKERS === undefined) {
    faults.push('KAFKA_BROKERS must be set when TOUCHLINE_LOG=kafka');
  }
  const { KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = config;
  const sasl = [KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD];
  if (sasl.includes(undefined) && sasl.some((value) => value !== undefined)) {
    faults.push(
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set together',
    );
  }
  const { KAFKA_REPLICATION: copies, KAFKA_MIN_INSYNC: insync } = config;
  if (copies !== undefined && insync !== undefined && insync > copies)
    faults.push('KAFKA_MIN_INSYNC must not be greater than KAFKA_REPLICATION');
  if (config.DATABASE_URL !== undefined && config.TOUCHLINE_SECRET === undefined) {
    faults.push(
      'TOUCHLINE_SECRET must be set when DATABASE_URL is; all processes of an installation share it',
    );
  }
  if (config.TOUCHLINE_AUTH === 'off' && !LOOPBACK.includes(config.HOST)) {
    faults.push(`TOUCHLINE_AUTH=off is allowed on loopback only, but HOST is ${config.HOST}`);
  }
  return [...faults, ...authorityFaults(config)];
}

/** Where the database of the configuration is, and whom it must prove to be; undefined = it is embedded. */
export function databaseUrlOf({
  DATABASE_URL: url,
  DATABASE_CA_FILE: caFile,
}: InfrastructureConfig): string | undefined {
  return url === undefined ? undefined : withAuthority(url, caFile);
}

/** Undefined = the cache is in this process. */
export function redisOptions(config: InfrastructureConfig): RedisCacheOptions | undefined {
  const { REDIS_URL: url, REDIS_CA_FILE: caFile } = config;
  if (url === undefined) return undefined;
  return {
    url,
    ...(caFile !== undefined && { authority: readAuthority('REDIS_CA_FILE', caFile) }),
  };
}

/** How the log reaches the cluster that the configuration names. */
export function kafkaOptions(config: InfrastructureConfig): KafkaLogOptions {
  const mechanism = config.KAFKA_SASL_MECHANISM;
  const username = config.KAFKA_SASL_USERNAME ?? '';
  const password = config.KAFKA_SASL_PASSWORD ?? '';
  const caFile = config.KAFKA_CA_FILE;
  return {
    brokers: (config.KAFKA_BROKERS ?? '').split(','),
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    replicationFactor: config.KAFKA_REPLICATION,
    minInsync: config.KAFKA_MIN_INSYNC,
    ssl:
      config.KAFKA_TLS === 'on' &&
      (caFile === undefined || { ca: [readAuthority('KAFKA_CA_FILE', caFile)] }),
    ...(mechanism && { sasl: { mechanism, username, password } as KafkaLogOptions['sasl'] }),
  };
}

/** Limits of keys that nobody gave any. */
export function rateDefaults(config: InfrastructureConfig): RateLimits {
  const { TOUCHLINE_RATE_REQUESTS: requests, TOUCHLINE_RATE_INTERACTIONS: interactions } = config;
  return {
    ...(requests !== undefined && { requests: rateIn(requests) }),
    ...(interactions !== undefined && { interactions: rateIn(interactions) }),
  };
}

function rateIn(text: string): RateLimits['requests'] {
  const [perSecond = 0, burst = perSecond] = text.split(':').map(Number);
  return { perSecond, burst };
}

export function loadInfrastructureConfig(environment: Environment): InfrastructureConfig {
  return loadConfigs<[InfrastructureConfig]>([InfrastructureConfig], environment, ([config]) =>
    infrastructureFaults(config),
  )[0];
}
