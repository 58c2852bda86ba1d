/**
 * How fast somebody may go: the generic cell rate algorithm. A bucket holds `burst` units and gets `perSecond` of them back a second; kept
 * is one instant, at which it is full again. What is owed until then says all: how much is left, when the next may come.
 * - In any span at most `perSecond` × span + `burst` units are admitted, each demand counted whole; one larger than the burst is admitted
 *   alone, by a full bucket, and is paid for before the next: nobody is kept out for ever.
 * - Who waits as long as told is admitted, unless others took what came back meanwhile.
 * - Several demands are admitted together or not at all, and what is refused costs nothing.
 * Microseconds, whole: an interval is rounded up, so limits above 10,000 a second are met from below, within some percent.
 */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Demand {
  /** Whose bucket. */
  readonly key: string;
  readonly rate: Rate;
  /** Units: a request, interactions. */
  readonly cost: number;
}

export interface Admission {
  readonly isAdmitted: boolean;
  /** Units that may come at once now. */
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
  /** 0 when admitted. */
  readonly retryAfterMs: number;
}

const SECOND_US = 1_000_000;

/** What a demand costs, and what its bucket takes, in µs. */
export function priceOf({ rate, cost }: Omit<Demand, 'key'>): {
  readonly due: number;
  readonly cap: number;
} {
  const interval = Math.ceil(SECOND_US / rate.perSecond);
  return { due: cost * interval, cap: rate.burst * interval };
}

/** `owed`: of each bucket, µs until it is full. */
export function areAdmitted(owed: readonly number[], demands: readonly Demand[]): boolean {
  return demands.every((demand, index) => shortUs(owed[index] ?? 0, demand) <= 0);
}

/** What to say of each demand, and what is owed then. */
export function settled(
  owed: readonly number[],
  demands: readonly Demand[],
): readonly (Admission & { readonly owedUs: number })[] {
  const isPaid = areAdmitted(owed, demands);
  return demands.map((demand, index) => {
    const before = owed[index] ?? 0;
    const { due, cap } = priceOf(demand);
    const owedUs = isPaid ? before + due : before;
    const short = shortUs(before, demand);
    return {
      isAdmitted: short <= 0,
      remaining: Math.max(0, Math.floor(((cap - owedUs) * demand.rate.burst) / cap)),
      resetMs: Math.ceil(owedUs / 1_000),
      retryAfterMs: Math.max(0, Math.ceil(short / 1_000)),
      owedUs,
    };
  });
}

function shortUs(owed: number, demand: Demand): number {
  const { due, cap } = priceOf(demand);
  return owed + Math.min(due, cap) - cap;
}
