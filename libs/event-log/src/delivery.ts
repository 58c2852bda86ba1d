import { isFault } from '#kernel';
import type { RecordBatch, SubscribeOptions } from './event-log.js';

/** First and longest wait before the same thing is tried again. */
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

export function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempt - 1, 16), BACKOFF_MAX_MS);
}

/** Resolves after `spanMs`, or as soon as the signal is aborted. */
export function pause(spanMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, spanMs);
    signal.addEventListener('abort', done);
  });
}

/** Runs `attempt` until it succeeds. Undefined when the signal ended it; a running attempt is always awaited. */
export async function untilDone<Value>(
  attempt: () => Promise<Value>,
  options: {
    readonly signal: AbortSignal;
    readonly onRetry?: SubscribeOptions['onRetry'];
    readonly isFinal?: (error: unknown) => boolean;
  },
): Promise<{ readonly value: Value } | undefined> {
  for (let count = 1; !options.signal.aborted; count++) {
    try {
      return { value: await attempt() };
    } catch (error) {
      if (options.isFinal?.(error) === true) throw error;
      reportRetry(options.onRetry, error, count);
      await pause(backoffMs(count), options.signal);
    }
  }
  return undefined;
}

/**
 * Hands a batch over until the handler takes it, whatever it throws: no error class of a handler ends a consumer.
 * False when the signal ended it first (the partitions are being taken away, or the subscription stops).
 */
export async function deliver(
  batch: RecordBatch,
  options: Pick<SubscribeOptions, 'onBatch' | 'onRetry'> & { readonly signal: AbortSignal },
): Promise<boolean> {
  const done = await untilDone(async () => options.onBatch(batch), options);
  return done !== undefined;
}

/** A Fault that trying again cannot mend: the subscription fails. */
export function isFinalFault(error: unknown): boolean {
  return isFault(error) && !error.isRetriable;
}

/** A reporter that throws must not end a consumer. */
export function reportRetry(
  onRetry: SubscribeOptions['onRetry'],
  error: unknown,
  attempt: number,
): void {
  try {
    onRetry?.(error, attempt);
  } catch {
    // Nobody is left to tell.
  }
}
