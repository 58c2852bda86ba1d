import type { Admission, Demand } from './gcra.js';

/** Short-lived keys and counters. May lose everything at any moment: nothing may be wrong when it does, only slower. */
export abstract class Cache {
  abstract get(key: string): Promise<string | undefined>;
  /** The values of up to 1,000 keys in their order, in one round trip. */
  abstract getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Keeps `value` for `ttlMs` at most. */
  abstract set(key: string, value: string, ttlMs: number): Promise<void>;
  abstract delete(key: string): Promise<void>;
  /** Adds to a counter that lives `ttlMs` from its first increment; returns the new count. */
  abstract increment(key: string, by: number, ttlMs: number): Promise<number>;
  /**
   * Takes from the buckets of the demands ({@link Admission}, `gcra.ts`), from all or from none, in one round trip. All who share the
   * cache share the buckets, by its own time.
   */
  abstract admit(demands: readonly Demand[]): Promise<readonly Admission[]>;
  /** What it is, e.g. `redis <run id>` or `memory`. Throws when it cannot be reached. */
  abstract describe(): Promise<string>;
  abstract close(): Promise<void>;
}
