// A real Apache Kafka without Docker, for tests and development: one broker, or several; loopback only, nothing kept that matters.
//   node deploy/native/kafka.mjs start|stop|status [--dir .touchline/kafka] [--port 9092]
//   node deploy/native/kafka.mjs start|stop|status --nodes 3 [--dir .touchline/kafka-cluster]
// Needs Java 17 and Maven once; the jars stay in .touchline/kafka-jars. `start` prints the brokers.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { properties, scramUsers } from './kafka-properties.mjs';
import {
  ask,
  freePort,
  killDetached,
  options,
  running,
  startDetached,
  stopDetached,
} from './loopback.mjs';

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
  const listen = Number(port ?? 0) || (await freePort());
  const node = { id: 1, port: listen, controllerPort: await freePort() };
  await startNode({ dir, node, cluster: { id: newId(), nodes: [node] }, jars, heap });
  return handle(dir, listen);
}

/**
 * A broker with a listener of TLS and SCRAM-SHA-512 beside a plain one of its own (`plain`): `keyFile` holds the key and its
 * certificate as PEM, `users` are passwords by name. `isAuthorised`: who is not anonymous needs ACLs.
 */
export async function startSecuredKafka({ dataDir, keyFile, users, isAuthorised = false, jars }) {
  const dir = resolve(dataDir);
  const [port, controllerPort, securedPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const node = { id: 1, port, controllerPort };
  const secured = { port: securedPort, keyFile, users, isAuthorised };
  const cluster = { id: newId(), nodes: [node], secured };
  await startNode({ dir, node, cluster, jars, heap: '256m' });
  return { ...handle(dir, securedPort), plain: `127.0.0.1:${port}` };
}

/**
 * Starts several brokers that are controllers too, in `dataDir`/1, /2, …: topics are kept by three (or all, when fewer), and
 * appends need all but one of them. Ports stay the same from start to start. `nodes[n]` can be killed (SIGKILL) and started.
 */
export async function startCluster({
  dataDir = '.touchline/kafka-cluster',
  nodes = 3,
  jars,
  heap = '256m',
} = {}) {
  const dir = resolve(dataDir);
  const cluster = knownCluster(dir) ?? (await newCluster(dir, nodes));
  const members = cluster.nodes.map((node) => {
    const own = join(dir, String(node.id));
    return {
      address: `127.0.0.1:${node.port}`,
      start: () => startNode({ dir: own, node, cluster, jars, heap }),
      kill: () => killDetached({ dir: own, name: NAME }),
      stop: () => stopDetached({ dir: own, name: NAME }),
    };
  });
  const stop = () => Promise.all(members.map((member) => member.stop()));
  try {
    await Promise.all(members.map((member) => member.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers: members.map(({ address }) => address).join(','), nodes: members, stop };
}

function knownCluster(dir) {
  const file = join(dir, 'cluster.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

async function newCluster(dir, count) {
  const nodes = [];
  for (let id = 1; id <= count; id++)
    nodes.push({ id, port: await freePort(), controllerPort: await freePort() });
  const cluster = { id: newId(), nodes };
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'cluster.json'), JSON.stringify(cluster));
  return cluster;
}

async function startNode({ dir, node, cluster, jars, heap }) {
  if (running({ dir, name: NAME }) !== undefined) return;
  const classPath = join(await fetchKafka({ jars }), '*');
  mkdirSync(dir, { recursive: true });
  const config = join(dir, 'server.properties');
  writeFileSync(config, properties({ dir, node, ...cluster }));
  if (!existsSync(join(dir, 'data', 'meta.properties')))
    await format({ classPath, config, cluster });
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
    state: { port: node.port },
  });
  await broker.untilReady(() => isAnswering(node.port), START_TIMEOUT_MS);
}

export async function stopKafka({ dataDir = '.touchline/kafka' } = {}) {
  return stopDetached({ dir: resolve(dataDir), name: NAME });
}

export async function stopCluster({ dataDir = '.touchline/kafka-cluster' } = {}) {
  const dir = resolve(dataDir);
  const stopped = (knownCluster(dir)?.nodes ?? []).map(({ id }) =>
    stopDetached({ dir: join(dir, String(id)), name: NAME }),
  );
  return (await Promise.all(stopped)).includes(true);
}

/** host:port of the broker that runs on `dataDir` and answers, or undefined. */
export async function statusKafka({ dataDir = '.touchline/kafka' } = {}) {
  const found = running({ dir: resolve(dataDir), name: NAME });
  return found !== undefined && (await isAnswering(found.port))
    ? `127.0.0.1:${found.port}`
    : undefined;
}

/** host:port of those brokers that answer, or undefined. */
export async function statusCluster({ dataDir = '.touchline/kafka-cluster' } = {}) {
  const { nodes } = knownCluster(resolve(dataDir)) ?? { nodes: [] };
  const answering = await Promise.all(
    nodes.map(({ id }) => statusKafka({ dataDir: join(dataDir, String(id)) })),
  );
  return answering.filter((address) => address !== undefined).join(',') || undefined;
}

function handle(dir, port) {
  return { brokers: `127.0.0.1:${port}`, stop: () => stopKafka({ dataDir: dir }) };
}

function newId() {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}

async function format({ classPath, config, cluster }) {
  const args = [
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    cluster.id,
    '-c',
    config,
    ...scramUsers(cluster.secured),
  ];
  await run('java', args).catch(
    explain('the storage of the broker could not be formatted (Java 17 is needed)'),
  );
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

const USAGE = `usage: node deploy/native/kafka.mjs start|stop|status [--dir .touchline/kafka] [--port 9092]
       node deploy/native/kafka.mjs start|stop|status --nodes 3 [--dir .touchline/kafka-cluster]`;

async function main([command, ...rest]) {
  const { dir: dataDir, port, nodes } = options(rest);
  const [start, stop, status] =
    nodes === undefined
      ? [startKafka, stopKafka, statusKafka]
      : [startCluster, stopCluster, statusCluster];
  if (command === 'start') {
    const { brokers } = await start({ dataDir, port, nodes: Number(nodes) });
    console.log(brokers);
  } else if (command === 'stop') {
    console.log((await stop({ dataDir })) ? 'stopped' : 'was not running');
  } else if (command === 'status') {
    const brokers = await status({ dataDir });
    console.log(brokers ?? 'not running');
    process.exitCode = brokers === undefined ? 1 : 0;
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
