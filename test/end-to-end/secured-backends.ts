import { randomBytes } from 'node:crypto';
import { chown, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '#storage';
import { startSecuredKafka, startSecuredRedis } from '#testing';
import { type Certificates, makeCertificates } from './certificates.js';

export interface SecuredBackends {
  readonly files: Certificates;
  readonly password: string;
  /** What a program needs to reach all of them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The broker's port without TLS. */
  readonly plainKafka: string;
  stop(): Promise<void>;
}

type Stop = () => Promise<unknown>;
/** A database that nobody uses yet. */
export const SPARE = 'spare';
const ACCOUNT = 'touchline_app';
const PREFIX = 'secured-';

/**
 * Kafka (SCRAM-SHA-512, rights on its prefix alone), Postgres (an account without rights on the server, `hostssl`) and Redis
 * (password), each by TLS with one certificate for 127.0.0.1.
 */
export async function startSecuredBackends(): Promise<SecuredBackends> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'touchline-secured-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const files = await makeCertificates(folder);
    const password = randomBytes(18).toString('hex');
    const room = { folder, files, password, stops };
    const [kafka, database, redis] = await Promise.all([
      kafkaIn(room),
      postgresIn(room),
      redisIn(room),
    ]);
    const environment = { ...kafka.environment, ...database, ...redis };
    return { files, password, environment, plainKafka: kafka.plain, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Room {
  readonly folder: string;
  readonly files: Certificates;
  readonly password: string;
  readonly stops: Stop[];
}

async function kafkaIn({ folder, files, password, stops }: Room) {
  const kafka = await startSecuredKafka({
    dataDir: join(folder, 'kafka'),
    keyFile: files.both,
    users: { [ACCOUNT]: password },
    isAuthorised: true,
  });
  stops.push(() => kafka.stop());
  await grantRights(kafka.plain);
  const environment = {
    TOUCHLINE_LOG: 'kafka',
    KAFKA_BROKERS: kafka.brokers,
    KAFKA_TOPIC_PREFIX: PREFIX,
    KAFKA_TLS: 'on',
    KAFKA_CA_FILE: files.authority,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: ACCOUNT,
    KAFKA_SASL_PASSWORD: password,
  };
  return { plain: kafka.plain, environment };
}

/** As docs/operations.md lists them. */
async function grantRights(plain: string): Promise<void> {
  const admin = new Kafka({ brokers: [plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { TOPIC, GROUP } = AclResourceTypes;
  const { READ, WRITE, CREATE } = AclOperationTypes;
  const rights = [
    [TOPIC, CREATE],
    [TOPIC, READ],
    [TOPIC, WRITE],
    [GROUP, READ],
  ] as const;
  await admin.createAcls({
    acl: rights.map(([resourceType, operation]) => ({
      resourceType,
      operation,
      resourceName: PREFIX,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal: `User:${ACCOUNT}`,
      host: '*',
      permissionType: AclPermissionTypes.ALLOW,
    })),
  });
  await admin.disconnect();
}

async function postgresIn({ folder, files, password, stops }: Room) {
  const dir = join(folder, 'postgres');
  const postgres = await startEmbeddedPostgres({ dir, settings: { fsync: 'off' } });
  stops.push(() => postgres.stop());
  const data = join(dir, 'data');
  const [certificate, key] = [join(data, 'server.crt'), join(data, 'server.key')];
  await copyFile(files.certificate, certificate);
  await copyFile(files.key, key);
  const { uid, gid } = await stat(data); // Postgres takes no key that another account could read.
  await Promise.all([certificate, key].map((file) => chown(file, uid, gid)));
  await writeFile(
    join(data, 'pg_hba.conf'),
    `host all touchline 127.0.0.1/32 scram-sha-256\nhostssl all ${ACCOUNT} 127.0.0.1/32 scram-sha-256\n`,
  );
  const url = new URL(postgres.url);
  const client = new Client({ connectionString: url.href });
  await client.connect();
  for (const sql of [
    `CREATE ROLE ${ACCOUNT} LOGIN PASSWORD '${password}'`,
    `CREATE DATABASE secured OWNER ${ACCOUNT}`,
    `CREATE DATABASE ${SPARE} OWNER ${ACCOUNT}`,
    'ALTER SYSTEM SET ssl = on',
    'SELECT pg_reload_conf()',
  ])
    await client.query(sql);
  await client.end();
  Object.assign(url, { username: ACCOUNT, password, pathname: '/secured' });
  return { DATABASE_URL: url.href, DATABASE_CA_FILE: files.authority };
}

async function redisIn({ folder, files, password, stops }: Room) {
  const redis = await startSecuredRedis({
    dataDir: join(folder, 'redis'),
    secured: {
      certFile: files.certificate,
      keyFile: files.key,
      caFile: files.authority,
      password,
    },
  });
  stops.push(() => redis.stop());
  const url = new URL(redis.url);
  return {
    REDIS_URL: `rediss://:${password}@${url.host}`,
    REDIS_CA_FILE: files.authority,
  };
}
