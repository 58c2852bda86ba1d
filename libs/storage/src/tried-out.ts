import type { Transaction } from './transaction.js';

/** What `work` would come to: its rows are taken back before this returns, the rest of the transaction stays. */
export async function triedOut<Result>(
  transaction: Transaction,
  work: () => Promise<Result>,
): Promise<Result> {
  await transaction.query('SAVEPOINT tried_out');
  const result = await work();
  await transaction.query('ROLLBACK TO SAVEPOINT tried_out');
  await transaction.query('RELEASE SAVEPOINT tried_out');
  return result;
}
