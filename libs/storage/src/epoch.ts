import { EPOCH_SIZE, revisionOf } from '#contracts';
import { invariant } from '#kernel';
import type { TransactionRunner } from './transaction-runner.js';

/** The high part of every revision. It grows only when a database was restored, so a revision is never given out twice. */
export class Epoch {
  private number: number | undefined;

  constructor(private readonly runner: TransactionRunner) {}

  /** Leaves it unknown while the schema has no tables yet. */
  async load(): Promise<void> {
    const [table] = await this.runner.read<{ exists: boolean }>(
      `SELECT to_regclass('epoch') IS NOT NULL AS exists`,
    );
    if (!table?.exists) return;
    const [row] = await this.runner.read<{ number: number }>('SELECT number FROM epoch');
    this.number = row?.number;
  }

  async bump(): Promise<number> {
    await this.runner.run((transaction) =>
      transaction.query('UPDATE epoch SET number = number + 1'),
    );
    await this.load();
    return this.current();
  }

  revision(counter: number): number {
    invariant(
      Number.isInteger(counter) && counter >= 0 && counter < EPOCH_SIZE,
      `a revision counter is an integer from 0 to 2^40 − 1, not ${counter}`,
    );
    return revisionOf(this.current(), counter);
  }

  private current(): number {
    invariant(this.number !== undefined, 'the schema is migrated before revisions are given out');
    return this.number;
  }
}
