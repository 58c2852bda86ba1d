import { FACT_KINDS, formatInstant } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { dimsOf } from '../../apps/metrics/src/application/publishing/kpi-records.js';
import { CATALOGUE, kpiNamed } from '../../apps/metrics/src/domain/catalogue/index.js';
import {
  type BucketChange,
  BucketChanges,
  bucketText,
} from '../../apps/metrics/src/domain/contribution.js';
import { type Figure, figureOf, figureWithoutSum } from '../../apps/metrics/src/domain/figure.js';
import { addToBins, type Bins } from '../../apps/metrics/src/domain/histogram.js';
import type { KpiDefinition, Rules } from '../../apps/metrics/src/domain/kpi.js';
import {
  type FactObservation,
  type Observation,
  observationKey,
} from '../../apps/metrics/src/domain/observation.js';
import { isNews } from '../../apps/metrics/src/domain/publication.js';
import { isMeasured, readObservation } from '../../apps/metrics/src/domain/read-observation.js';
import { addTallies, contributionTo, EMPTY_TALLY } from '../../apps/metrics/src/domain/tally.js';

const RULES: Rules = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };

/** The newest revision of everything measured; figures and buckets computed anew at each look. */
export class MeasuredInMemory {
  private readonly newest = new Map<string, Observation>();
  private readonly published = new Map<string, BucketChange>();

  take(records: readonly OutgoingRecord[]): void {
    for (const record of records.filter(isMeasured)) {
      const read = readObservation(record);
      if (!read.ok) throw new Error(read.problem.detail);
      const key = observationKey(read.value);
      const known = this.newest.get(key);
      if (known === undefined || read.value.revision > known.revision)
        this.newest.set(key, read.value);
    }
  }

  /** Of one kind, those that stand. */
  observations<Kind extends Observation>(kind: Kind['kind']): Kind[] {
    return [...this.newest.values()].filter(
      (each): each is Kind => each.kind === kind && !each.isGone,
    );
  }

  facts(): FactObservation[] {
    return FACT_KINDS.flatMap((kind) => this.observations<FactObservation>(kind));
  }

  /** Of all time, those with something to count. */
  figures(): (Figure & { name: string })[] {
    return CATALOGUE.map((kpi) => ({ ...this.figure(kpi), name: kpi.name })).filter(
      ({ n }) => n !== 0,
    );
  }

  /** What the tables of buckets hold, in the one order. */
  buckets(): BucketChange[] {
    const changes = new BucketChanges();
    for (const observation of this.newest.values()) changes.count(observation, RULES);
    return changes.sorted();
  }

  /** Publishes what is over and changed; returns what differs from the publication before. */
  publish(nowMs: number) {
    const now = new Map(this.buckets().map((bucket) => [bucketText(bucket), bucket]));
    const gone = [...this.published].flatMap(([name, last]) =>
      now.has(name) ? [] : [{ ...last, tally: EMPTY_TALLY, bins: new Map<number, number>() }],
    );
    return [...now.values(), ...gone].flatMap((bucket) => {
      const kpi = kpiNamed(bucket.kpi);
      const last = this.published.get(bucketText(bucket));
      if (kpi === undefined || bucket.endMs > nowMs || !isNews(bucket, last)) return [];
      this.published.set(bucketText(bucket), bucket);
      if (last === undefined) return [];
      const bucketStart = formatInstant(bucket.startMs);
      const place = { kpi: kpi.name, bucketStart, dims: dimsOf(kpi, bucket.dims) };
      return [{ ...place, old: figureOf(kpi, last), new: figureOf(kpi, bucket) }];
    });
  }

  private figure(kpi: KpiDefinition): Figure {
    let tally = EMPTY_TALLY;
    const bins = new Map<number, number>();
    const currencies = new Set<string | undefined>();
    for (const observation of this.newest.values()) {
      if (observation.isGone) continue;
      const contribution = contributionTo(kpi, observation, RULES);
      if (contribution === undefined) continue;
      tally = addTallies(tally, contribution.tally);
      currencies.add(observation.dims.currency);
      if (contribution.sample !== undefined) addToBins(bins, contribution.sample, 1);
    }
    if (kpi.unit === 'money' && currencies.size > 1) return figureWithoutSum(tally);
    return figureOf(kpi, { tally, bins: bins as Bins });
  }
}
