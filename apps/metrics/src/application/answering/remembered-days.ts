import { stableHash } from '#kernel';
import { spanOfDay, spansOfDays, splitDays } from '../../domain/day.js';
import { mergedParts, readParts, writeParts } from '../../domain/day-part.js';
import type { DayPart } from '../../domain/day-part.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { Observation } from '../../domain/observation.js';
import { KpiReadings, KpiView } from '../ports.js';
import type { BehindQuery, MeasuredPart, MeasureQuery, RulesInForce } from '../ports.js';
import type { DayMemory, Remembered } from './day-memory.js';

/** Below this a look-up costs as much as reading. */
const DAYS_MIN = 2;
/** A year and a bit; longer spans are read. */
const DAYS_MAX = 400;

/**
 * Readings that remember what whole days of buckets said. Every commit that changes buckets of a day gives it a new token, and
 * what is remembered is remembered under the token that the reader's own snapshot shows: so it is what the snapshot itself would
 * say, and one that is not found is read. Observations of broken edges, and publications, are never remembered; nor is
 * anything that depends on the clock, which is put to the sums by those who asked for them.
 */
export class RememberedReadings extends KpiReadings {
  constructor(
    private readonly readings: KpiReadings,
    private readonly memory: DayMemory,
  ) {
    super();
  }

  snapshot<Result>(work: (view: KpiView) => Promise<Result>): Promise<Result> {
    return this.readings.snapshot((view) => work(new RememberedView(view, this.memory)));
  }
}

/** A day of buckets, as one question cuts it. */
interface AskedDay {
  readonly key: string;
  readonly day: number;
  /** Periods that start inside the day. */
  readonly cuts: readonly number[];
}

class RememberedView extends KpiView {
  private tokens: { readonly of: string; readonly byDay: ReadonlyMap<number, string> } | undefined;

  constructor(
    private readonly view: KpiView,
    private readonly memory: DayMemory,
  ) {
    super();
  }

  rules(tenant: string): Promise<RulesInForce> {
    return this.view.rules(tenant);
  }

  definitionAt(tenant: string, kpi: string, atMs: number): Promise<KpiDefinition | undefined> {
    return this.view.definitionAt(tenant, kpi, atMs);
  }

  behind(query: BehindQuery): Promise<readonly Observation[]> {
    return this.view.behind(query);
  }

  /** Those of one question after the other are mostly of the same days. */
  async dayTokens(
    tenant: string,
    first: number,
    last: number,
  ): Promise<ReadonlyMap<number, string>> {
    const of = [tenant, first, last].join('\u0000');
    if (this.tokens?.of !== of)
      this.tokens = { of, byDay: await this.view.dayTokens(tenant, first, last) };
    return this.tokens.byDay;
  }

  async measure(query: MeasureQuery): Promise<readonly MeasuredPart[]> {
    const { days, rest } = splitDays(query.whole);
    const isRemembered = days.length >= DAYS_MIN && days.length <= DAYS_MAX;
    if (query.asOfMs !== undefined || !isRemembered) return this.view.measure(query);
    const parts = await this.daysOf(query, days);
    if (rest.length === 0 && query.edges.length === 0) return parts;
    return [...parts, ...(await this.view.measure({ ...query, whole: rest }))];
  }

  private async daysOf(query: MeasureQuery, days: readonly number[]): Promise<MeasuredPart[]> {
    const tokens = await this.dayTokens(query.tenant, days[0] ?? 0, days.at(-1) ?? 0);
    const question = questionOf(query);
    const asked = days.flatMap((day): AskedDay[] => {
      const token = tokens.get(day);
      if (token === undefined) return []; // never a bucket in it
      const cuts = cutsIn(day, query.periodStarts);
      const key = `kpi-day:${query.tenant}:${stableHash(token, day, question, ...cuts)}`;
      return [{ key, day, cuts }];
    });
    const found = await this.memory.recall(asked.map(({ key }) => key));
    const known = asked.map((each, index) => ({ ...each, parts: understood(found[index]) }));
    const missing = known.filter(({ parts }) => parts === undefined);
    const read = missing.length === 0 ? new Map() : await this.read(query, missing);
    const parts = known.flatMap((each) =>
      periodsOf(each.day, each.parts ?? read.get(each.day) ?? [], query.periodStarts),
    );
    return mergedParts(parts, ({ period }) => period);
  }

  /** By one reading for all of them, divided by days and cuts. */
  private async read(
    query: MeasureQuery,
    missing: readonly AskedDay[],
  ): Promise<ReadonlyMap<number, readonly DayPart[]>> {
    const sections = missing.flatMap(({ day, cuts }) =>
      [spanOfDay(day).fromMs, ...cuts].map((fromMs, section) => ({ day, fromMs, section })),
    );
    const measured = await this.view.measure({
      ...query,
      whole: spansOfDays(missing.map(({ day }) => day)),
      edges: [],
      periodStarts: sections.map(({ fromMs }) => fromMs),
    });
    const byDay = Map.groupBy(measured, ({ period }) => sections[period]?.day);
    const read = missing.map(({ day, key }) => {
      const parts = (byDay.get(day) ?? []).map(({ period, ...part }) => ({
        ...part,
        section: sections[period]?.section ?? 0,
      }));
      return { day, key, parts: mergedParts(parts, ({ section }) => section) };
    });
    const remembered = read.map(({ key, parts }): Remembered => {
      return { key, value: writeParts(parts) };
    });
    void this.memory.keep(remembered); // Never fails, and the answer need not wait for it.
    return new Map(read.map(({ day, parts }) => [day, parts]));
  }
}

/** Everything that a day's answer depends on beside the day, its state and its cuts. */
function questionOf({ kpi, by, filters }: MeasureQuery): string {
  const narrowed = filters.map(({ dimension, values }) => [dimension, ...[...values].sort()]);
  return JSON.stringify(['1', kpi.name, kpi.version, by, narrowed.sort()]);
}

function cutsIn(day: number, periodStarts: readonly number[]): number[] {
  const { fromMs, toMs } = spanOfDay(day);
  return periodStarts.filter((startMs) => startMs > fromMs && startMs < toMs);
}

/** Another's text under our key is no answer. */
function understood(text: string | undefined): readonly DayPart[] | undefined {
  if (text === undefined) return undefined;
  try {
    return readParts(text);
  } catch {
    return undefined;
  }
}

function periodsOf(
  day: number,
  parts: readonly DayPart[],
  periodStarts: readonly number[],
): MeasuredPart[] {
  const first = periodStarts.findLastIndex((startMs) => startMs <= spanOfDay(day).fromMs);
  return parts.map(({ section, ...part }) => ({ ...part, period: first + section }));
}
