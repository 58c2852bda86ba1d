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
  /** What it is, e.g. `redis <run id>` or `memory`. Throws when it cannot be reached. */
  abstract describe(): Promise<string>;
  abstract close(): Promise<void>;
}
