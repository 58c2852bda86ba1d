import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '#kernel';

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * At start, what we depend on may be starting too (a broker that elects leaders of new topics): a retriable fault is tried
 * again for 30 s. Anything else is thrown at once.
 */
export async function patiently<Result>(
  work: () => Promise<Result>,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isFault(error) || !error.isRetriable || performance.now() + pauseMs > deadline)
        throw error;
      await sleep(pauseMs);
    }
  }
}
