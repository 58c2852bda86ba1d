/**
 * What the log says of keys, held against a database that was restored. After the moment of the backup the services went on
 * publishing: that life is lost, but its records stand in the log.
 * - A key is *lost* unless its newest record (the highest revision) is certainly the last word of the restored rows: of their epoch
 *   (lives of other epochs count alike), with their counter, and not followed by an older one that an older outbox sent again.
 * - A lost key is told again as the restored rows have it, or as gone, in an epoch beyond every one that the log has seen.
 * So the newest record of every key is again what the tables hold, whatever else was told of it. To take back too much does no
 * harm: it is the same truth once more. What left no record anywhere is not known here.
 */
import { counterOf, epochOf } from '#contracts';

/** Why a lost record was published, when people had said so: calls, rules. */
export interface Reason {
  readonly revision: number;
  readonly cause: string;
  readonly ref: string;
}

export interface Told {
  readonly topic: string;
  /** Of a record of the topic. */
  readonly key: string;
  /** The highest; −1 of a key that another record only named. */
  readonly revision: number;
  /** An older one came after it, sent again: compaction keeps the last, not the newest. */
  readonly isBuried: boolean;
  /** Of the newest record, where it is needed. */
  readonly value: Buffer | null;
  /** The newest {@link REASONS_MAX}. */
  readonly reasons: readonly Reason[];
}

/** The last revision that restored rows have given out; where only counters are kept, in the epoch that they were restored in. */
export interface Given {
  readonly epoch: number;
  readonly counter: number;
}

const REASONS_MAX = 20;

export const ONLY_NAMED = -1;

/** The rows cannot have said it. */
export function isBeyond(revision: number, given: Given | undefined): boolean {
  if (given === undefined) return true;
  return counterOf(revision) > given.counter || epochOf(revision) > given.epoch;
}

/** Not certainly the last word of the rows. */
export function isLost(
  { revision, isBuried }: Pick<Told, 'revision' | 'isBuried'>,
  given: Given | undefined,
): boolean {
  if (given === undefined) return true;
  if (revision === ONLY_NAMED) return false;
  return isBuried || epochOf(revision) !== given.epoch || counterOf(revision) !== given.counter;
}

/** Those of its reasons that are lost. */
export function lostReasons({ reasons }: Told, given: Given | undefined): Reason[] {
  return reasons.filter(({ revision }) => isBeyond(revision, given));
}

const nameOf = ({ topic, key }: Pick<Told, 'topic' | 'key'>): string => `${topic} ${key}`;

/** Keeps the newest of each key. Of equal revisions the later one: a repeat. */
export function keepNewest(newest: Map<string, Told>, told: Iterable<Told>): void {
  for (const one of told) {
    const name = nameOf(one);
    const known = newest.get(name);
    if (known === undefined) {
      newest.set(name, one);
      continue;
    }
    if (one.revision === ONLY_NAMED) continue;
    const higher = one.revision >= known.revision ? one : { ...known, isBuried: true };
    const reasons = [...known.reasons, ...one.reasons].slice(-REASONS_MAX);
    newest.set(name, { ...higher, reasons });
  }
}

/** Beyond what the database and the log have seen. */
export function epochAfter(stored: Iterable<number>, inLog: number): number {
  return Math.max(inLog, ...stored) + 1;
}
