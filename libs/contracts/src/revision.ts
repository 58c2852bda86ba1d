/** Counters of one entity stay below this: 2^40 changes of one thing. */
export const EPOCH_SIZE = 2 ** 40;

/** Revisions of an entity: the epoch of the database, then its own counter. They only grow, also over a restore. */
export const revisionOf = (epoch: number, counter: number): number => epoch * EPOCH_SIZE + counter;

export const epochOf = (revision: number): number => Math.floor(revision / EPOCH_SIZE);

export const counterOf = (revision: number): number => revision % EPOCH_SIZE;
