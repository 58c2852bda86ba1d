import { setTimeout as sleep } from 'node:timers/promises';
import type { TransactionRunner } from '../transaction-runner.js';

const POLL_MS = 10;

/** How much waits for the relay. */
export class OutboxReader {
  constructor(private readonly runner: TransactionRunner) {}

  async size(): Promise<{ readonly rows: number; readonly ageMs: number }> {
    const [row] = await this.runner.read<{ rows: number; age: number }>(`
      SELECT count(*) AS rows,
             coalesce(ceil(extract(epoch FROM clock_timestamp() - min(written_at)) * 1000), 0)::bigint AS age
      FROM outbox`);
    return { rows: row?.rows ?? 0, ageMs: Math.max(0, row?.age ?? 0) };
  }

  async isEmptyWithin(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const [row] = await this.runner.read<{ empty: boolean }>(
        'SELECT NOT EXISTS (SELECT FROM outbox) AS empty',
      );
      if (row?.empty) return true;
      if (performance.now() > deadline) return false;
      await sleep(POLL_MS);
    }
  }
}
