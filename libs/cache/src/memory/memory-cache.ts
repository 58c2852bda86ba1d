import type { Clock } from '#kernel';
import { Cache } from '../cache.js';
import { settled } from '../gcra.js';
import type { Admission, Demand } from '../gcra.js';

export interface MemoryCacheOptions {
  readonly clock: Clock;
  /** Beyond this many keys the ones written longest ago go first (default 100,000). */
  readonly entriesMax?: number;
  /** Likewise beyond so many characters of keys and values (default 64 Mi). */
  readonly charactersMax?: number;
}

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

const ENTRIES_MAX = 100_000;
const CHARACTERS_MAX = 64 * 2 ** 20;

/** In process: gone with it. One key's life is as in Redis; several processes do not see each other's keys. */
export class MemoryCache extends Cache {
  /** In order of writing, which is also the order of eviction. */
  private readonly entries = new Map<string, Entry>();
  private readonly clock: Clock;
  private readonly entriesMax: number;
  private readonly charactersMax: number;
  private characters = 0;

  constructor(options: MemoryCacheOptions) {
    super();
    this.clock = options.clock;
    this.entriesMax = options.entriesMax ?? ENTRIES_MAX;
    this.charactersMax = options.charactersMax ?? CHARACTERS_MAX;
  }

  async get(key: string): Promise<string | undefined> {
    return this.live(key)?.value;
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    return keys.map((key) => this.live(key)?.value);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.write(key, { value, expiresAt: this.clock.now() + ttlMs });
  }

  async delete(key: string): Promise<void> {
    this.forget(key);
  }

  async increment(key: string, by: number, ttlMs: number): Promise<number> {
    const found = this.live(key);
    const count = Number(found?.value ?? 0) + by;
    const expiresAt = found?.expiresAt ?? this.clock.now() + ttlMs;
    this.write(key, { value: String(count), expiresAt });
    return count;
  }

  async admit(demands: readonly Demand[]): Promise<readonly Admission[]> {
    const now = this.clock.now();
    const owed = demands.map(({ key }) => {
      const fullAt = Number(this.live(key)?.value ?? 0);
      return Math.max(0, Math.round(fullAt - now * 1_000));
    });
    const answers = settled(owed, demands);
    answers.forEach(({ owedUs }, index) => {
      const key = demands[index]?.key ?? '';
      const value = String(now * 1_000 + owedUs);
      if (owedUs > (owed[index] ?? 0))
        this.write(key, { value, expiresAt: now + Math.ceil(owedUs / 1_000) });
    });
    return answers;
  }

  async describe(): Promise<string> {
    return 'memory';
  }

  async close(): Promise<void> {
    this.entries.clear();
    this.characters = 0;
  }

  private live(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (!entry || entry.expiresAt > this.clock.now()) return entry;
    this.forget(key);
    return undefined;
  }

  private write(key: string, entry: Entry): void {
    this.forget(key);
    this.entries.set(key, entry);
    this.characters += key.length + entry.value.length;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.entriesMax && this.characters <= this.charactersMax) return;
      this.forget(oldest);
    }
  }

  private forget(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.characters -= key.length + entry.value.length;
  }
}

export function openMemoryCache(options: MemoryCacheOptions): Cache {
  return new MemoryCache(options);
}
