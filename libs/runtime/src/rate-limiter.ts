import { openMemoryCache, type Admission, type Cache, type Demand, type Rate } from '#cache';
import type { RateLimits } from '#contracts';
import type { Clock } from '#kernel';
import { inTime } from './in-time.js';
import type { Principal } from './principal.js';
import { Problem } from './problem.js';
import type { TenantDirectory } from './tenant-directory.js';

/** What is counted of a request. */
export const COUNTED = ['requests', 'interactions'] as const;
export type Counted = (typeof COUNTED)[number];
export type Rates = Readonly<Partial<Record<Counted, Rate>>>;
type Costs = Readonly<Partial<Record<Counted, number>>>;

export interface RateLimiterParts {
  /** Buckets of all processes; absent: this process is alone. */
  readonly shared: Cache | undefined;
  readonly directory: TenantDirectory;
  readonly clock: Clock;
  /** Of keys whose tenant says nothing else. */
  readonly defaults: RateLimits;
}

interface Reply {
  header(name: string, value: string | number): unknown;
}

/** A shared count that comes later than this is not waited for. */
const ANSWER_MAX_MS = 50;
/** After one that failed, this process counts alone for so long, so that few requests wait. */
const ALONE_MS = 1_000;

/**
 * Limits of API keys: of requests, and of interactions posted. A key's own limit, else its tenant's, else the installation's; none = no
 * work. Counted in the shared cache, one round trip a request; while that is slow or gone each process counts for itself.
 */
export class RateLimiter {
  private readonly own: Cache;
  private aloneUntil = 0;
  /** Requests refused, and counted without the others, since the start. */
  readonly refused: Record<Counted, number> = { requests: 0, interactions: 0 };
  countedAlone = 0;

  constructor(private readonly parts: RateLimiterParts) {
    this.own = openMemoryCache({ clock: parts.clock });
  }

  /** Undefined: nothing of this key is limited. */
  ratesOf({ tenant, limits }: Principal): Rates | undefined {
    const { defaults, directory } = this.parts;
    const ofTenant = directory.settings(tenant).limits;
    const requests = firstSaid(limits?.requests, ofTenant?.requests, defaults.requests);
    const interactions = firstSaid(
      limits?.interactions,
      ofTenant?.interactions,
      defaults.interactions,
    );
    if (!requests && !interactions) return undefined;
    return { ...(requests && { requests }), ...(interactions && { interactions }) };
  }

  /** Of a request whose interactions are limited: to be called with their number. Undefined where they are not. */
  meterOf(
    principal: Principal,
    reply: Reply,
  ): ((interactions: number) => Promise<void>) | undefined {
    if (this.ratesOf(principal)?.interactions === undefined) return undefined;
    return (interactions) => this.take(principal, reply, { requests: 1, interactions });
  }

  /** Says on the reply what is left; throws `rate-limited` when it is too much. */
  async take(principal: Principal, reply: Reply, costs: Costs): Promise<void> {
    const rates = this.ratesOf(principal) ?? {};
    const counted = COUNTED.filter((name) => rates[name] && costs[name] !== undefined);
    const demands = counted.flatMap((name): Demand[] => {
      const rate = rates[name];
      return rate ? [{ key: keyOf(principal, name), rate, cost: costs[name] ?? 0 }] : [];
    });
    if (demands.length === 0) return;
    const answers = await this.admit(demands);
    describe(reply, { counted, demands, answers });
    const refused = counted.filter((_, index) => answers[index]?.isAdmitted === false);
    if (refused.length === 0) return;
    for (const name of refused) this.refused[name] += 1;
    throw tooFast(refused, Math.max(...answers.map(({ retryAfterMs }) => retryAfterMs)));
  }

  private async admit(demands: readonly Demand[]): Promise<readonly Admission[]> {
    const { shared } = this.parts;
    if (shared === undefined) return this.own.admit(demands);
    if (performance.now() >= this.aloneUntil) {
      try {
        return await inTime(shared.admit(demands), ANSWER_MAX_MS);
      } catch {
        this.aloneUntil = performance.now() + ALONE_MS;
      }
    }
    this.countedAlone += 1;
    return this.own.admit(demands);
  }
}

type Said = Rate | null | undefined;

/** `null` says: no limit. */
function firstSaid(...said: readonly Said[]): Rate | undefined {
  return said.find((rate) => rate !== undefined) ?? undefined;
}

/** One slot of a Redis cluster; by the key's id, never by the key. */
function keyOf({ tenant, keyId }: Principal, counted: Counted): string {
  return `rate:{${tenant}:${keyId}}:${counted}`;
}

interface Answered {
  readonly counted: readonly Counted[];
  readonly demands: readonly Demand[];
  readonly answers: readonly Admission[];
}

/** Of several limits the one that is nearest; the policy names all. */
function describe(reply: Reply, { counted, demands, answers }: Answered): void {
  const all = demands.flatMap(({ rate }, index) => {
    const answer = answers[index];
    return answer ? [{ rate, answer, share: answer.remaining / rate.burst }] : [];
  });
  const [nearest] = all.sort((a, b) => a.share - b.share);
  if (nearest === undefined) return;
  reply.header('ratelimit-limit', nearest.rate.burst);
  reply.header('ratelimit-remaining', nearest.answer.remaining);
  reply.header('ratelimit-reset', Math.ceil(nearest.answer.resetMs / 1_000));
  reply.header(
    'ratelimit-policy',
    demands
      .map(({ rate }, index) => `${rate.perSecond};w=1;burst=${rate.burst};name=${counted[index]}`)
      .join(', '),
  );
}

function tooFast(refused: readonly Counted[], retryAfterMs: number): Problem {
  const detail = `More ${refused.join(' and ')} a second than the key may send.`;
  return new Problem('rate-limited', detail, {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  });
}
