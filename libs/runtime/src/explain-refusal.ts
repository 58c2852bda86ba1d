import { answersPlain, type Address, speaksTls } from './ask-port.js';
import { ConfigurationFault } from './config.js';
import type { InfrastructureConfig } from './infrastructure.config.js';
import { type Backend, type Refusal, sentenceOf, verdictOn } from './refusal.js';

/** What is answered to whoever asks in plain text: ApiVersions, version 0; PING. */
const QUESTIONS: Readonly<Record<Backend, Uint8Array | undefined>> = {
  Kafka: Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]),
  Redis: Buffer.from('PING\r\n'),
  // Says itself whether it has TLS.
  Postgres: undefined,
};

interface Door extends Address {
  readonly isTls: boolean;
}

/**
 * Does `work` with a backend. Where that fails because the backend refuses us, which no waiting mends, it throws a
 * {@link ConfigurationFault} that names variable and remedy, and quotes nothing; else the error as it came.
 */
export async function unlessRefused<Result>(
  backend: Backend,
  config: InfrastructureConfig,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const refusal = await refusalBehind(backend, config, error);
    throw refusal === undefined ? error : new ConfigurationFault([sentenceOf(backend, refusal)]);
  }
}

/** Undefined: the backend is away, or something else is wrong with it. */
export async function refusalBehind(
  backend: Backend,
  config: InfrastructureConfig,
  error: unknown,
): Promise<Refusal | undefined> {
  const verdict = verdictOn(error);
  if (verdict !== 'closed') return verdict;
  const door = doorOf(backend, config);
  const question = QUESTIONS[backend];
  if (door === undefined || question === undefined) return undefined;
  if (!door.isTls) return (await speaksTls(door)) ? 'tls' : undefined;
  return (await answersPlain(door, question)) ? 'plain' : undefined;
}

function doorOf(backend: Backend, config: InfrastructureConfig): Door | undefined {
  if (backend === 'Kafka') {
    const url = new URL(`tcp://${config.KAFKA_BROKERS?.split(',')[0]}`);
    return { host: url.hostname, port: Number(url.port), isTls: config.KAFKA_TLS === 'on' };
  }
  if (backend !== 'Redis' || config.REDIS_URL === undefined) return undefined;
  const { hostname: host, port, protocol } = new URL(config.REDIS_URL);
  return { host, port: Number(port || 6379), isTls: protocol === 'rediss:' };
}
