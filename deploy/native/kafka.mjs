// A real Apache Kafka broker without Docker, for tests and development: one node, loopback only, nothing kept that matters.
//   node deploy/native/kafka.mjs start|stop|status [--dir .touchline/kafka] [--port 9092]
// Needs Java 17 and Maven once; the jars stay in .touchline/kafka-jars. `start` prints the brokers.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ask, freePort, options, running, startDetached, stopDetached } from './loopback.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const NAME = 'kafka';
const START_TIMEOUT_MS = 60_000;

/** The jars, fetched from Maven Central on first use. */
export async function fetchKafka({ jars = join(here, '../../.touchline/kafka-jars') } = {}) {
  if (existsSync(jars) && readdirSync(jars).some((file) => file.startsWith('kafka_'))) return jars;
  // Fetched beside and renamed, so that an interrupted fetch leaves nothing that looks complete.
  const partial = `${jars}.${process.pid}`;
  mkdirSync(dirname(jars), { recursive: true });
  const pom = join(here, 'pom.xml');
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${partial}`,
  ]).catch(
    explain(
      'mvn could not fetch the Kafka broker (Maven and access to a Maven repository are needed)',
    ),
  );
  try {
    renameSync(partial, jars);
  } catch {
    rmSync(partial, { recursive: true, force: true }); // another process was faster
  }
  return jars;
}

/**
 * Starts a broker with its data in `dataDir` (formatted when empty) and waits until it answers; an already running one is
 * taken over. Without `port` it takes a free one.
 */
export async function startKafka({ dataDir = '.touchline/kafka', port, jars, heap = '512m' } = {}) {
  const dir = resolve(dataDir);
  const found = running({ dir, name: NAME });
  if (found !== undefined) return handle(dir, found.port);
  const classPath = join(await fetchKafka({ jars }), '*');
  mkdirSync(dir, { recursive: true });
  const listen = Number(port ?? 0) || (await freePort());
  const config = join(dir, 'server.properties');
  writeFileSync(config, properties({ dir, port: listen, controllerPort: await freePort() }));
  if (!existsSync(join(dir, 'data', 'meta.properties'))) await format(classPath, config);
  const broker = startDetached({
    dir,
    name: NAME,
    command: 'java',
    args: [
      `-Xmx${heap}`,
      '-XX:+UseSerialGC',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      classPath,
      'kafka.Kafka',
      config,
    ],
    state: { port: listen },
  });
  await broker.untilReady(() => isAnswering(listen), START_TIMEOUT_MS);
  return handle(dir, listen);
}

export async function stopKafka({ dataDir = '.touchline/kafka' } = {}) {
  return stopDetached({ dir: resolve(dataDir), name: NAME });
}

/** host:port of the broker that runs on `dataDir` and answers, or undefined. */
export async function statusKafka({ dataDir = '.touchline/kafka' } = {}) {
  const found = running({ dir: resolve(dataDir), name: NAME });
  return found !== undefined && (await isAnswering(found.port))
    ? `127.0.0.1:${found.port}`
    : undefined;
}

function handle(dir, port) {
  return { brokers: `127.0.0.1:${port}`, stop: () => stopKafka({ dataDir: dir }) };
}

async function format(classPath, config) {
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const args = [
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    config,
  ];
  await run('java', args).catch(
    explain('the storage of the broker could not be formatted (Java 17 is needed)'),
  );
}

function properties({ dir, port, controllerPort }) {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `log.dirs=${join(dir, 'data')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    '',
  ].join('\n');
}

/** ApiVersions, version 0: the first thing that any client asks. Listening alone is not yet answering. */
async function isAnswering(port) {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]);
  const answer = await ask(port, request);
  return (
    answer !== undefined &&
    answer.length >= 10 &&
    answer.readInt32BE(4) === 1 &&
    answer.readInt16BE(8) === 0
  );
}

function explain(sentence) {
  return (error) => {
    throw new Error(`${sentence}:\n${error.stderr || error.stdout || error.message}`);
  };
}

async function main([command, ...rest]) {
  const { dir: dataDir, port } = options(rest);
  if (command === 'start') {
    console.log((await startKafka({ dataDir, port })).brokers);
  } else if (command === 'stop') {
    console.log((await stopKafka({ dataDir })) ? 'stopped' : 'was not running');
  } else if (command === 'status') {
    const brokers = await statusKafka({ dataDir });
    console.log(brokers ?? 'not running');
    process.exitCode = brokers === undefined ? 1 : 0;
  } else {
    console.error(
      'usage: node deploy/native/kafka.mjs start|stop|status [--dir .touchline/kafka] [--port 9092]',
    );
    process.exitCode = 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
