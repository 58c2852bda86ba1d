import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/** Runs the assertion until it no longer throws; fails with its last error. Never wait a fixed time for an effect. */
export async function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  { timeoutMs = 5_000, everyMs = 20 }: EventuallyOptions = {},
): Promise<Result> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}
