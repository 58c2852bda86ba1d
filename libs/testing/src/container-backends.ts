import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GenericContainer, Wait } from 'testcontainers';

export interface ContainerBackend {
  /** As the tests reach it: a URL, or host:port of a broker. */
  readonly address: string;
  stop(): Promise<unknown>;
}

const HOST = '127.0.0.1';
const START_MAX_MS = 120_000;
const SECOND_MS = 1_000;

/** Published on the loopback: what tests start is nobody else's. */
class LoopbackContainer extends GenericContainer {
  protected override async beforeContainerCreated(): Promise<void> {
    const bindings = (this.hostConfig.PortBindings ?? {}) as Record<string, object[]>;
    this.hostConfig.PortBindings = Object.fromEntries(
      Object.entries(bindings).map(([port, places]) => [
        port,
        places.map((place) => ({ ...place, HostIp: HOST })),
      ]),
    );
  }
}

/** Waits until `command` succeeds inside. */
function container(image: string, ...command: string[]): LoopbackContainer {
  return new LoopbackContainer(image)
    .withHealthCheck({
      test: ['CMD', command[0] ?? 'true', ...command.slice(1)],
      interval: SECOND_MS,
      timeout: 3 * SECOND_MS,
      retries: 60,
      startPeriod: 0,
    })
    .withWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(START_MAX_MS) as LoopbackContainer;
}

/** An image as postgres:18; nothing in it outlives the run. */
export async function startPostgresContainer(
  image: string,
  settings: Readonly<Record<string, string>>,
): Promise<ContainerBackend> {
  const password = randomBytes(16).toString('hex');
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const started = await container(image, 'pg_isready', '-h', HOST, '-U', 'postgres')
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withCommand(['postgres', ...flags])
    .withExposedPorts(5432)
    .start();
  const address = `postgres://postgres:${password}@${HOST}:${started.getMappedPort(5432)}/postgres`;
  return { address, stop: () => started.stop() };
}

/** An image as apache/kafka, with the configuration of compose; its clients are told the published port. */
export async function startKafkaContainer(image: string): Promise<ContainerBackend> {
  const port = await freePort();
  const path = join(process.cwd(), 'deploy', 'compose', 'kafka', 'server.properties');
  const content = readFileSync(path, 'utf8').replace(
    /^(advertised\.listeners=)PLAINTEXT:[^,]+/m,
    `$1PLAINTEXT://${HOST}:${port}`,
  );
  const started = await container(image, 'bash', '-c', `exec 3<>/dev/tcp/${HOST}/9092`)
    .withEnvironment({ CLUSTER_ID: randomBytes(16).toString('base64url').replace(/^-/, 'A') })
    .withCopyContentToContainer([{ content, target: '/mnt/shared/config/server.properties' }])
    .withExposedPorts({ container: 9092, host: port })
    .start();
  return { address: `${HOST}:${port}`, stop: () => started.stop() };
}

/** An image as redis; keeps nothing. */
export async function startRedisContainer(image: string): Promise<ContainerBackend> {
  const started = await container(image, 'redis-cli', 'ping')
    .withCommand(['redis-server', '--protected-mode', 'no', '--save', '', '--appendonly', 'no'])
    .withExposedPorts(6379)
    .start();
  return { address: `redis://${HOST}:${started.getMappedPort(6379)}`, stop: () => started.stop() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
