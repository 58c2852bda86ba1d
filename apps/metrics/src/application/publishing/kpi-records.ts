import { HEADER, recordKey, splitRecordKey, TOPIC } from '#contracts';
import type { Cause, KpiCorrected, KpiFigure, KpiUpdated } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { stableHash } from '#kernel';
import type { BucketKey } from '../../domain/contribution.js';
import { figureOf } from '../../domain/figure.js';
import type { Measurement } from '../../domain/figure.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { PublishedBucket } from '../../domain/publication.js';

/** The number as it is now; a tombstone when nothing is left of it. */
export function updatedRecord(
  kpi: KpiDefinition,
  bucket: PublishedBucket,
  revision: number,
): OutgoingRecord {
  const value = bucket.tally.items === 0 ? null : Buffer.from(JSON.stringify(updated(kpi, bucket)));
  return record(TOPIC.kpiUpdated.name, { kpi, bucket, revision, value });
}

/** What the number was, what it is, and why it changed. */
export function correctedRecord(
  kpi: KpiDefinition,
  bucket: PublishedBucket,
  { old, revision }: { readonly old: Measurement; readonly revision: number },
): OutgoingRecord {
  const body: KpiCorrected = {
    ...named(kpi, bucket),
    old: figure(kpi, old),
    new: figure(kpi, bucket),
    at: instant(bucket.publishedAtMs),
    causes: bucket.causes,
  };
  const value = Buffer.from(JSON.stringify(body));
  return record(TOPIC.kpiCorrected.name, { kpi, bucket, revision, value });
}

interface RecordParts {
  readonly kpi: KpiDefinition;
  readonly bucket: PublishedBucket;
  readonly revision: number;
  readonly value: Buffer | null;
}

function record(topic: string, { kpi, bucket, revision, value }: RecordParts): OutgoingRecord {
  const { tenant, version, startMs, dims } = bucket;
  const own = dims.slice(0, kpi.dimensions.length);
  const key = recordKey(tenant, kpi.name, version, instant(startMs), ...own);
  const cause = bucket.sequence === 1 ? 'new' : 'update';
  return kpiRecord({ topic, key, value }, { revision, cause, at: instant(bucket.publishedAtMs) });
}

/** A record about a bucket, and when and why it was said. */
export function kpiRecord(
  { topic, key, value }: Pick<OutgoingRecord, 'topic' | 'key' | 'value'>,
  said: { readonly revision: number; readonly cause: Cause; readonly at: string },
): OutgoingRecord {
  const [tenant = ''] = splitRecordKey(key);
  return {
    topic,
    key,
    headers: {
      [HEADER.id]: stableHash(topic, key, said.revision),
      [HEADER.specVersion]: '1.0',
      [HEADER.type]: topic,
      [HEADER.source]: 'touchline/metrics',
      [HEADER.time]: said.at,
      [HEADER.tenant]: tenant,
      [HEADER.revision]: String(said.revision),
      [HEADER.cause]: said.cause,
    },
    value,
  };
}

/** The body of `kpi.updated`. */
export function updated(kpi: KpiDefinition, bucket: PublishedBucket): KpiUpdated {
  return {
    ...named(kpi, bucket),
    bucketEnd: instant(bucket.endMs),
    ...figure(kpi, bucket),
    interval: figureOf(kpi, bucket).interval,
    publishedAt: instant(bucket.publishedAtMs),
  };
}

function named(
  kpi: KpiDefinition,
  { tenant, version, startMs, dims }: BucketKey,
): Pick<KpiUpdated, 'tenant' | 'kpi' | 'version' | 'unit' | 'bucketStart' | 'dims'> {
  return {
    tenant,
    kpi: kpi.name,
    version,
    unit: kpi.unit,
    bucketStart: instant(startMs),
    dims: dimsOf(kpi, dims),
  };
}

/** Values by the names of the KPI's dimensions. */
export function dimsOf(kpi: KpiDefinition, dims: readonly string[]): Record<string, string> {
  return Object.fromEntries(kpi.dimensions.map((name, index) => [name, dims[index] ?? '']));
}

function figure(kpi: KpiDefinition, measurement: Measurement): KpiFigure {
  const { value, n, numerator, provisional } = figureOf(kpi, measurement);
  return { value, n, numerator, provisional };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
