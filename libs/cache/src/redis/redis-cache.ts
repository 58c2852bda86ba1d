import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Fault, isFault } from '#kernel';
import { Cache } from '../cache.js';
import { priceOf, settled } from '../gcra.js';
import type { Admission, Demand } from '../gcra.js';

export interface RedisCacheOptions {
  /** `redis://[user:password@]host:port[/database]`; `rediss:` for TLS. */
  readonly url: string;
  /** Before every key, so that several installations can share a server (default `touchline:`). */
  readonly prefix?: string;
  /** Certificates (PEM) of the authorities that the server's may be of; default: those that Node knows. */
  readonly authority?: string;
  /** What is to be done about an error of the connection; undefined: nothing is known. */
  readonly explain?: (error: unknown) => Promise<string | undefined>;
}

/** A cache that answers late is worse than none. */
const ANSWER_MAX_MS = 900;
const RECONNECT_MAX_MS = 2_000;

/** Counts, and sets the life of the key with its first count: one step, or a crash between would leave it for ever. */
const INCREMENT = `
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count`;

/** As `gcra.ts` has it, by the server's clock; ARGV: due and cap of each key, µs. Answers what was owed before. */
const ADMIT = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local owed, isAdmitted = {}, true
for i, key in ipairs(KEYS) do
  local due, cap = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  owed[i] = math.max(0, tonumber(redis.call('GET', key) or '0') - now)
  isAdmitted = isAdmitted and owed[i] + math.min(due, cap) <= cap
end
if isAdmitted then
  for i, key in ipairs(KEYS) do
    local after = owed[i] + tonumber(ARGV[2 * i - 1])
    if after > owed[i] then
      redis.call('SET', key, string.format('%.0f', now + after), 'PX', math.ceil(after / 1000) + 1)
    end
  end
end
return owed`;

interface Scripts {
  admit(keys: number, ...rest: (string | number)[]): Promise<number[]>;
}

/**
 * Redis by ioredis. Nothing waits for a connection: while there is none every call throws a retriable Fault `unavailable` at once
 * (at most after 900 ms on a silent line), and the connection is made again in the background.
 */
export class RedisCache extends Cache {
  /** Why there is no connection: what calls throw only says that there is none. */
  private refused: unknown;

  private constructor(
    private readonly redis: Redis & Scripts,
    private readonly explain: RedisCacheOptions['explain'],
  ) {
    super();
    redis.on('error', (error) => (this.refused = error));
    redis.on('ready', () => (this.refused = undefined));
  }

  /** Also when Redis cannot be reached: whoever needs to know asks `describe`. */
  static async open(options: RedisCacheOptions): Promise<RedisCache> {
    const redis = new Redis(options.url, {
      keyPrefix: options.prefix ?? 'touchline:',
      lazyConnect: true,
      connectTimeout: ANSWER_MAX_MS,
      commandTimeout: ANSWER_MAX_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      ...(options.authority !== undefined && { tls: { ca: options.authority } }),
      retryStrategy: (times) => Math.min(50 * times, RECONNECT_MAX_MS),
    });
    redis.defineCommand('admit', { lua: ADMIT });
    const cache = new RedisCache(redis as Redis & Scripts, options.explain);
    await Promise.race([
      redis.connect().catch(() => undefined),
      sleep(ANSWER_MAX_MS, undefined, { ref: false }),
    ]);
    return cache;
  }

  async get(key: string): Promise<string | undefined> {
    return (await answer(() => this.redis.get(key))) ?? undefined;
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (keys.length === 0) return [];
    const values = await answer(() => this.redis.mget([...keys]));
    return values.map((value) => value ?? undefined);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await answer(() => this.redis.set(key, value, 'PX', wholeMs(ttlMs)));
  }

  async delete(key: string): Promise<void> {
    await answer(() => this.redis.del(key));
  }

  async increment(key: string, by: number, ttlMs: number): Promise<number> {
    return Number(await answer(() => this.redis.eval(INCREMENT, 1, key, by, wholeMs(ttlMs))));
  }

  async admit(demands: readonly Demand[]): Promise<readonly Admission[]> {
    const keys = demands.map(({ key }) => key);
    const prices = demands.map(priceOf).flatMap(({ due, cap }) => [due, cap]);
    const owed = await answer(() => this.redis.admit(keys.length, ...keys, ...prices));
    return settled(owed, demands);
  }

  async describe(): Promise<string> {
    const text = await answer(() => this.redis.info('server')).catch((error: unknown) =>
      this.explained(error),
    );
    const runId = /^run_id:(\S+)/m.exec(text)?.[1];
    if (runId === undefined)
      throw new Fault('unavailable', 'Redis gives no run id', { retriable: true });
    return `redis ${runId}`;
  }

  private async explained(error: unknown): Promise<never> {
    const cause = this.refused ?? error;
    const sentence = await this.explain?.(cause);
    if (sentence !== undefined)
      throw new Fault('unavailable', sentence, { retriable: true, cause });
    throw asUnavailable(cause);
  }

  /** At once: nothing in a cache is worth waiting for. */
  async close(): Promise<void> {
    this.redis.disconnect();
  }
}

export function openRedisCache(options: RedisCacheOptions): Promise<Cache> {
  return RedisCache.open(options);
}

/** `PX 0` is an error in Redis. */
function wholeMs(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs));
}

async function answer<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw asUnavailable(error);
  }
}

function asUnavailable(error: unknown): Fault {
  if (isFault(error)) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Fault('unavailable', `redis: ${detail}`, { retriable: true, cause: error });
}
