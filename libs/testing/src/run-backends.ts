import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#storage';
import { backends } from './backends.js';
import { describeBackends } from './describe-backends.js';
import { startNativeKafka, startNativeRedis } from './native-backends.js';

type Stop = () => Promise<unknown>;

/** The setup and the teardown of one run share this module, so it remembers what to stop. */
const stops: Stop[] = [];
/** Image by name of the backend, of those that run in containers. */
const images = new Map<string, string>();

/** Safe to lose: no fsync. Connections for four parallel spec files with their pools. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
};

/**
 * Postgres always; the real Kafka and Redis when asked for (TOUCHLINE_TEST_KAFKA=1, TOUCHLINE_TEST_REDIS=1) or required
 * (CI=true). Each is the one that DATABASE_URL, KAFKA_BROKERS or REDIS_URL names, else a container of the image that
 * TOUCHLINE_TEST_<NAME>_IMAGE names, else a process of this machine. What is named and cannot be had fails the run. The
 * addresses go to the workers through the environment.
 */
export async function startBackends(): Promise<void> {
  try {
    if (!process.env['DATABASE_URL']) await startPostgres();
    if (isWanted('KAFKA') && !process.env['KAFKA_BROKERS']) await startKafka();
    if (isWanted('REDIS') && !process.env['REDIS_URL']) await startRedis();
    await report();
  } catch (error) {
    await stopBackends();
    throw error;
  }
}

export async function stopBackends(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

function isWanted(backend: 'KAFKA' | 'REDIS'): boolean {
  if (imageOf(backend) !== undefined) return true;
  return process.env['CI'] === 'true' || process.env[`TOUCHLINE_TEST_${backend}`] === '1';
}

/** For the closing lines of the run (`npm test` prints them): proof of what was tested against. */
async function report(): Promise<void> {
  const file = process.env['TOUCHLINE_TEST_BACKENDS'];
  if (!file) return;
  const described = Object.entries(await describeBackends(backends())).map(([name, text]) => {
    const image = images.get(name);
    return [name, image === undefined ? text : `${text}, in a container of ${image}`];
  });
  await writeFile(file, JSON.stringify(Object.fromEntries(described)));
}

/** A container of the image that the environment names; false when it names none. */
async function startContainer(
  backend: 'POSTGRES' | 'KAFKA' | 'REDIS',
  variable: string,
): Promise<boolean> {
  const image = imageOf(backend);
  if (image === undefined) return false;
  const containers = await import('./container-backends.js');
  const starts = {
    POSTGRES: () => containers.startPostgresContainer(image, FAST_SETTINGS),
    KAFKA: () => containers.startKafkaContainer(image),
    REDIS: () => containers.startRedisContainer(image),
  };
  const { address, stop } = await starts[backend]();
  stops.push(stop);
  images.set(backend.toLowerCase(), image);
  announce(variable, address);
  return true;
}

function imageOf(backend: string): string | undefined {
  return process.env[`TOUCHLINE_TEST_${backend}_IMAGE`] || undefined;
}

async function startPostgres(): Promise<void> {
  if (await startContainer('POSTGRES', 'DATABASE_URL')) return;
  const dir = await scratchDirectory('postgres');
  const postgres = await startEmbeddedPostgres({ dir, settings: FAST_SETTINGS });
  stops.push(() => postgres.stop());
  announce('DATABASE_URL', postgres.url);
}

async function startKafka(): Promise<void> {
  if (await startContainer('KAFKA', 'KAFKA_BROKERS')) return;
  const kafka = await startNativeKafka(await scratchDirectory('kafka'));
  stops.push(() => kafka.stop());
  announce('KAFKA_BROKERS', kafka.brokers);
}

async function startRedis(): Promise<void> {
  if (await startContainer('REDIS', 'REDIS_URL')) return;
  const redis = await startNativeRedis(await scratchDirectory('redis'));
  stops.push(() => redis.stop());
  announce('REDIS_URL', redis.url);
}

/** Removed after the backend in it has stopped. Open to all, because Postgres may run under another account. */
async function scratchDirectory(name: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `touchline-${name}-`));
  stops.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function announce(name: string, value: string): void {
  process.env[name] = value;
  stops.push(async () => {
    delete process.env[name];
  });
}
