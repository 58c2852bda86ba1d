import type { Transaction, UnitOfWork } from '#storage';

/** Carries the result out of a transaction that must not happen. */
class Rehearsed<Result> extends Error {
  constructor(readonly result: Result) {
    super('a dry run ends here');
  }
}

/** Does the work and rolls everything back: what it would have come to. */
export async function rehearse<Result>(
  unitOfWork: Pick<UnitOfWork, 'run'>,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await unitOfWork.run(async (transaction) => {
      throw new Rehearsed(await work(transaction));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.result as Result;
    throw error;
  }
}
