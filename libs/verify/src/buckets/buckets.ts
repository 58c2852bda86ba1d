/** Buckets from scratch: every observation counted once into the hour of each KPI that it contributes to. */
import { formatInstant, type FactMeasures, type TenantSettings } from '#contracts';
import { binOf } from './bins.js';
import { LocalHours, type Hour } from './local-hour.js';
import { MEASURES, type Measure } from './measures.js';

export interface Observation {
  /** A fact kind, or `interaction`. */
  readonly kind: string;
  /** ms */
  readonly at: number;
  readonly dims: Readonly<Record<string, string | undefined>>;
  readonly measures: FactMeasures;
  readonly isProvisional: boolean;
}

export interface BucketRow {
  readonly kpi: string;
  readonly version: number;
  readonly start: string;
  readonly end: string;
  /** In the order of the KPI's dimensions, filled up to four with ''. */
  readonly dims: readonly string[];
  readonly items: number;
  readonly provisional: number;
  readonly n: number;
  /** Decimal text: sums of ms² leave 2^53 behind. */
  readonly numerator: string;
  readonly squares: string;
  /** `[bin, count]`, ascending. */
  readonly bins: readonly (readonly [number, number])[];
}

const DIMENSIONS = 4;

interface Counted {
  readonly n: number;
  readonly value: bigint;
  readonly bin: number | undefined;
  readonly isProvisional: boolean;
}

export function bucketsOf(
  observations: readonly Observation[],
  settings: TenantSettings,
): BucketRow[] {
  const hours = new LocalHours(settings.zone);
  return MEASURES.flatMap((measure) => {
    const buckets = new Map<string, { hour: Hour; dims: string[]; counted: Counted[] }>();
    for (const observation of observations.filter(({ kind }) => kind === measure.of)) {
      const counted = count(measure, observation, settings);
      if (counted === undefined) continue;
      const hour = hours.hourOf(observation.at);
      const dims = measure.dims.map((name) => observation.dims[name] ?? '(none)');
      while (dims.length < DIMENSIONS) dims.push('');
      const key = JSON.stringify([hour.start, dims]);
      const bucket = buckets.get(key) ?? { hour, dims, counted: [] };
      bucket.counted.push(counted);
      buckets.set(key, bucket);
    }
    return [...buckets.values()].map(({ hour, dims, counted }) => ({
      kpi: measure.kpi,
      version: measure.version,
      start: formatInstant(hour.start),
      end: formatInstant(hour.end),
      dims,
      ...totals(counted),
    }));
  });
}

function count(
  measure: Measure,
  { measures, isProvisional }: Observation,
  settings: TenantSettings,
): Counted | undefined {
  const below = measure.below(measures, settings);
  const above = measure.above(measures, settings);
  if (below === undefined && above === undefined) return undefined;
  const bin = measure.hasHistogram && above !== undefined ? binOf(above) : undefined;
  return { n: below ?? 0, value: BigInt(above ?? 0), bin, isProvisional };
}

function totals(counted: readonly Counted[]) {
  const held = counted.flatMap(({ bin }) => bin ?? []).sort((a, b) => a - b);
  const bins = [...new Set(held)].map(
    (bin) => [bin, held.filter((other) => other === bin).length] as const,
  );
  const sum = (of: (each: Counted) => bigint) =>
    String(counted.reduce((total, each) => total + of(each), 0n));
  return {
    items: counted.length,
    provisional: counted.filter(({ isProvisional }) => isProvisional).length,
    n: counted.reduce((total, { n }) => total + n, 0),
    numerator: sum(({ value }) => value),
    squares: sum(({ value }) => value * value),
    bins,
  };
}
