import type { DataSource, QueryRunner } from 'typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryRunnerTransaction } from './query-runner-transaction.js';
import { classify, outwards } from './sql-errors.js';
import type { Transaction } from './transaction.js';

/** Deadlocks need one partner to give way: six tries with 5–160 ms between them, then the caller's own back-off. */
const ATTEMPTS_MAX = 6;
const BACKOFF_MS = 5;

/** One transaction on a pooled connection; repeats it after a serialisation failure or a deadlock. */
export class TransactionRunner {
  /** Transactions run again. */
  repeats = 0;

  constructor(private readonly dataSource: DataSource) {}

  /** Errors leave as `outwards` says. READ COMMITTED: each statement sees what was committed before it. */
  async run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(work);
      } catch (error) {
        if (classify(error) !== 'repeatable' || attempt === ATTEMPTS_MAX) throw outwards(error);
        this.repeats += 1;
        await sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
      }
    }
  }

  /** One statement outside a transaction block: saves two round trips. */
  async read<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await this.withRunner((runner) =>
        new QueryRunnerTransaction(runner).query<Row>(sql, parameters),
      );
    } catch (error) {
      throw outwards(error);
    }
  }

  private once<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.withRunner(async (runner) => {
      await runner.startTransaction();
      try {
        const transaction = new QueryRunnerTransaction(runner);
        const result = await work(transaction);
        transaction.assertCommittable();
        await runner.commitTransaction();
        return result;
      } catch (error) {
        await rollBack(runner);
        throw error;
      }
    });
  }

  private async withRunner<Result>(use: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.connect();
      return await use(runner);
    } finally {
      await runner.release();
    }
  }
}

/** A connection on which even ROLLBACK fails is dead: TypeORM hands it back with the error and the pool drops it. */
async function rollBack(runner: QueryRunner): Promise<void> {
  try {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
  } catch {
    // The error that led here is the one to report.
  }
}
