/**
 * A number that a restore takes back: `kpi.updated` says it as the backup has it, and `kpi.corrected` the way from what was
 * published since to that, so that for whoever adds corrections up they still come to the last publication.
 */
import { TOPIC } from '#contracts';
import type { KpiCorrected, KpiFigure, KpiUpdated } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { canonicalJson } from '#kernel';
import { amountOf } from '../../domain/figure.js';
import type { Unit } from '../../domain/kpi.js';
import { kpiRecord } from './kpi-records.js';

export interface Restored {
  readonly key: string;
  /** As it was published last; null: not, or as empty. */
  readonly published: KpiUpdated | null;
  /** As the backup has it. */
  readonly restored: KpiUpdated | null;
  readonly revision: number;
  /** RFC 3339 */
  readonly at: string;
  readonly epoch: number;
}

export function takeBackNumber(number: Restored): OutgoingRecord[] {
  const { key, restored, revision, at } = number;
  const said = { revision, cause: 'restore', at } as const;
  const value = restored && Buffer.from(JSON.stringify(restored));
  const updated = kpiRecord({ topic: TOPIC.kpiUpdated.name, key, value }, said);
  const body = wayBack(number);
  if (body === undefined) return [updated];
  const correction = { topic: TOPIC.kpiCorrected.name, key, value: Buffer.from(body) };
  return [updated, kpiRecord(correction, said)];
}

function wayBack({ published, restored, at, epoch }: Restored): string | undefined {
  const either = published ?? restored;
  if (either === null) return undefined;
  const { tenant, kpi, version, unit, bucketStart, dims } = either;
  const corrected: KpiCorrected = {
    tenant,
    kpi,
    version,
    unit,
    bucketStart,
    dims,
    old: figureIn(published, unit),
    new: figureIn(restored, unit),
    at,
    causes: [{ cause: 'restore', ref: String(epoch), count: 1 }],
  };
  const isSame = canonicalJson(corrected.old) === canonicalJson(corrected.new);
  return isSame ? undefined : JSON.stringify(corrected);
}

function figureIn(body: KpiUpdated | null, unit: string): KpiFigure {
  if (body === null)
    return { value: null, n: 0, numerator: amountOf(unit as Unit, 0n), provisional: false };
  const { value, n, numerator, provisional } = body;
  return { value, n, numerator, provisional };
}
