import type { EntityManager, QueryRunner } from 'typeorm';
import type { Transaction } from './transaction.js';

/** A transaction on one connection. Whoever sends a statement, `query` or an entity manager, it passes the same watch. */
export class QueryRunnerTransaction implements Transaction {
  private failure: { readonly error: unknown } | undefined;

  /** `runner` is of this transaction alone. */
  constructor(private readonly runner: QueryRunner) {
    const { query } = runner;
    const send = (given: unknown[]): Promise<unknown> => Reflect.apply(query, runner, given);
    Object.assign(runner, { query: (...given: unknown[]) => this.watched(() => send(given)) });
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  async query<Row extends object>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    const result = await this.runner.query(sql, [...parameters], true);
    return (result.records ?? []) as Row[];
  }

  /** After a failed statement Postgres answers COMMIT with a silent ROLLBACK: work that swallowed the error must not seem done. */
  assertCommittable(): void {
    if (this.failure) throw this.failure.error;
  }

  private async watched<Result>(send: () => Promise<Result>): Promise<Result> {
    try {
      return await send();
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }
}

/**
 * TypeORM inside the unit of work: repositories of the service's entities, in this very transaction. For postgres adapters
 * and their cold paths; batches use `transaction.query` with `unnest`.
 */
export function entityManagerOf(transaction: Transaction): EntityManager {
  if (transaction instanceof QueryRunnerTransaction) return transaction.manager;
  throw new TypeError('not a transaction of this storage');
}
