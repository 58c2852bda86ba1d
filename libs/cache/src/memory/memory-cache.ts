import type { Clock } from '#kernel';
import { Cache } from '../cache.js';

export interface MemoryCacheOptions {
  readonly clock: Clock;
  /** Beyond this many keys the ones written longest ago go first (default 100,000). */
  readonly entriesMax?: number;
}

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

const ENTRIES_MAX = 100_000;

/** In process: gone with it. One key's life is as in Redis; several processes do not see each other's keys. */
export class MemoryCache extends Cache {
  /** In order of writing, which is also the order of eviction. */
  private readonly entries = new Map<string, Entry>();
  private readonly clock: Clock;
  private readonly entriesMax: number;

  constructor(options: MemoryCacheOptions) {
    super();
    this.clock = options.clock;
    this.entriesMax = options.entriesMax ?? ENTRIES_MAX;
  }

  async get(key: string): Promise<string | undefined> {
    return this.live(key)?.value;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.write(key, { value, expiresAt: this.clock.now() + ttlMs });
  }

  async delete(key: string): Promise<void> {
    this.entries.delete(key);
  }

  async increment(key: string, by: number, ttlMs: number): Promise<number> {
    const found = this.live(key);
    const count = Number(found?.value ?? 0) + by;
    const expiresAt = found?.expiresAt ?? this.clock.now() + ttlMs;
    this.write(key, { value: String(count), expiresAt });
    return count;
  }

  async describe(): Promise<string> {
    return 'memory';
  }

  async close(): Promise<void> {
    this.entries.clear();
  }

  private live(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (!entry || entry.expiresAt > this.clock.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  private write(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size <= this.entriesMax) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }
}

export function openMemoryCache(options: MemoryCacheOptions): Cache {
  return new MemoryCache(options);
}
