import kafkajs, { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { Fault, isFault } from '#kernel';
import { speedUpKafkajs } from './kafkajs-codec.js';
import { letKafkajsRest } from './kafkajs-queue.js';

speedUpKafkajs();
letKafkajsRest();

/** Node finds only some of the named exports of kafkajs (it is CommonJS); its error classes need the default one. */
export const { KafkaJSError } = kafkajs;

export interface KafkaLogOptions {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  /** Put before topic and group names: several installations (or test files) on one cluster. */
  readonly topicPrefix?: string;
  readonly clientId?: string;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: SASLOptions;
  /** Copies of each partition of topics that `ensureTopics` makes; default as the cluster is configured. */
  readonly replicationFactor?: number | undefined;
  /** Copies that must have a record before an append is answered; default as the cluster is configured. */
  readonly minInsync?: number | undefined;
  /** A worker that is silent this long loses its partitions (default 30,000). */
  readonly sessionTimeoutMs?: number;
  /** What kafkajs has to say (warnings and errors); default: nothing, failures come as Faults. */
  readonly report?: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/**
 * A request not answered after this long is sent again, which repeats records that did land: so not much less than the 5 s
 * that an append may take (the accumulator sees to those).
 */
export const REQUEST_TIMEOUT_MS = 4_000;

export function newKafka(options: KafkaLogOptions, requestTimeoutMs = REQUEST_TIMEOUT_MS): Kafka {
  return new Kafka({
    clientId: options.clientId ?? 'touchline',
    brokers: [...options.brokers],
    ssl: options.ssl,
    sasl: options.sasl,
    connectionTimeout: 1_500,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    logLevel: options.report === undefined ? logLevel.NOTHING : logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, ...details } = entry.log;
      options.report?.(message, details);
    },
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
  });
}

/** Every failure of kafkajs as a Fault: the cluster cannot be used now, and the same call may succeed later. */
export function asUnavailable(error: unknown): Fault {
  if (isFault(error)) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Fault('unavailable', `Kafka: ${detail}`, { retriable: true, cause: error });
}

/** Gives up waiting, not the call: for calls that kafkajs may never finish. */
export async function within<Value>(call: Promise<Value>, deadlineMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Fault('unavailable', `Kafka did not answer in ${deadlineMs} ms`, { retriable: true }),
        ),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
