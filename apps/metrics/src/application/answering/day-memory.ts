import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Cache } from '#cache';
import { Clock, Fault } from '#kernel';

/** A value lives as long as its state is asked for; it cannot become wrong, only useless. */
const KEPT_MS = 6 * 3_600_000;
/** A day of more is read each time. */
export const CHARACTERS_MAX = 32_768;
/** Reading a day takes about as long: whoever waits longer had better read. */
const ANSWER_MAX_MS = 100;
/** After a failure nobody asks for so long. */
const REST_MS = 5_000;

export interface Remembered {
  readonly key: string;
  readonly value: string;
}

/** The cache, of which nothing is expected: late, away or emptied it remembers nothing, and never fails. */
@Injectable()
export class DayMemory {
  /** Days that were asked for, and how many of them were remembered. */
  readonly counts = { asked: 0, remembered: 0 };
  private restsUntilMs = -Infinity;

  constructor(
    private readonly cache: Cache,
    private readonly clock: Clock,
  ) {}

  /** Values in the order of the keys. */
  async recall(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    this.counts.asked += keys.length;
    if (keys.length === 0 || this.isResting()) return keys.map(() => undefined);
    try {
      const values = await inTime(this.cache.getMany(keys));
      this.counts.remembered += values.filter((value) => value !== undefined).length;
      return values;
    } catch {
      this.rest();
      return keys.map(() => undefined);
    }
  }

  /** Returns when everything is kept, or nothing will be: nobody has to wait for it. */
  async keep(remembered: readonly Remembered[]): Promise<void> {
    if (this.isResting()) return;
    const small = remembered.filter(({ value }) => value.length <= CHARACTERS_MAX);
    try {
      await Promise.all(small.map(({ key, value }) => this.cache.set(key, value, KEPT_MS)));
    } catch {
      this.rest();
    }
  }

  private isResting(): boolean {
    return this.clock.now() < this.restsUntilMs;
  }

  private rest(): void {
    this.restsUntilMs = this.clock.now() + REST_MS;
  }
}

async function inTime<Result>(asked: Promise<Result>): Promise<Result> {
  const answered = new AbortController();
  const late = sleep(ANSWER_MAX_MS, undefined, { signal: answered.signal }).then(() => {
    throw new Fault('unavailable', 'the cache is late', { retriable: true });
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort();
  }
}
