import { parseInstant, revisionOf, splitRecordKey, TOPIC } from '#contracts';
import type { KpiUpdated } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { isLost, toldOf } from '#restore';
import type { Desk, RestoredService, TakenBack, Told } from '#restore';
import type { Transaction } from '#storage';
import { updated } from '../../../application/publishing/kpi-records.js';
import { takeBackNumber } from '../../../application/publishing/take-back-number.js';
import { bucketText } from '../../../domain/contribution.js';
import type { BucketKey } from '../../../domain/contribution.js';
import { DIMENSIONS_MAX } from '../../../domain/kpi.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import type { PublishedBucket } from '../../../domain/publication.js';
import {
  BUCKET_COLUMNS,
  BUCKET_UNNEST,
  bucketCells,
  bucketKeyOf,
  columns,
  sameBucket,
  tallyOf,
} from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';

const UPDATED = TOPIC.kpiUpdated.name;

/**
 * Numbers as the backup last published them. Readers of `kpi.corrected` get the way back too, so that first publication and
 * corrections still add up to the last.
 */
export class RestoredMetrics implements RestoredService {
  readonly schema = 'metrics';
  readonly outputs = [{ topic: UPDATED, readBy: [] }] as const;

  tell(record: LogRecord): readonly Told[] {
    return [toldOf(record, { keepsValue: true })];
  }

  async takeBack(desk: Desk, told: readonly Told[]): Promise<TakenBack> {
    const keys = told.flatMap((one) => {
      const key = bucketOf(one.key);
      return key === undefined ? [] : [{ one, key, text: bucketText(key) }];
    });
    const last = await lastPublications(
      desk.transaction,
      keys.map(({ key }) => key),
    );
    const outgoing = keys.flatMap(({ one, text }) => {
      const stored = last.get(text);
      const given = stored && { epoch: desk.epochBefore, counter: stored.bucket.sequence };
      return isLost(one, given) ? again(desk, one, stored) : [];
    });
    return { outgoing };
  }
}

interface Stored {
  readonly bucket: PublishedBucket;
  readonly definition: KpiDefinition;
}

function again(desk: Desk, told: Told, stored: Stored | undefined): OutgoingRecord[] {
  const { epoch, now } = desk;
  const isEmpty = stored === undefined || stored.bucket.tally.items === 0;
  return takeBackNumber({
    key: told.key,
    published: told.value && (JSON.parse(told.value.toString('utf8')) as KpiUpdated),
    restored: isEmpty ? null : updated(stored.definition, stored.bucket),
    revision: revisionOf(epoch, stored?.bucket.sequence ?? 0),
    at: new Date(now).toISOString(),
    epoch,
  });
}

/** What a record key names: tenant, KPI, version, start, then as many dimensions as the KPI has. */
function bucketOf(recordKey: string): BucketKey | undefined {
  const [tenant = '', kpi = '', version, start = '', ...dims] = splitRecordKey(recordKey);
  const startMs = parseInstant(start);
  if (startMs === undefined) return undefined;
  const filled = Array.from({ length: DIMENSIONS_MAX }, (_, index) => dims[index] ?? '');
  return { tenant, kpi, version: Number(version), startMs, dims: filled };
}

type LastRow = BucketRow &
  TallyRow & {
    readonly sequence: number;
    readonly end_ms: number;
    readonly published_at_ms: number;
    readonly bins: [number, number][];
    readonly definition: KpiDefinition;
  };

/** The newest publication of each bucket, by its text. */
async function lastPublications(
  transaction: Transaction,
  keys: readonly BucketKey[],
): Promise<ReadonlyMap<string, Stored>> {
  if (keys.length === 0) return new Map();
  const rows = await transaction.query<LastRow>(
    `SELECT p.*, d.body AS definition
       FROM unnest(${BUCKET_UNNEST}) AS c (${BUCKET_COLUMNS})
       CROSS JOIN LATERAL (SELECT * FROM publication p WHERE ${sameBucket('p', 'c')} ORDER BY sequence DESC LIMIT 1) AS p
       JOIN definition d ON d.tenant = p.tenant AND d.kpi = p.kpi AND d.version = p.version`,
    columns(keys, bucketCells),
  );
  return new Map(
    rows.map(({ definition, ...row }) => {
      const key = bucketKeyOf(row);
      const bucket: PublishedBucket = {
        ...key,
        endMs: row.end_ms,
        tally: tallyOf(row),
        bins: new Map(row.bins),
        sequence: row.sequence,
        publishedAtMs: row.published_at_ms,
        causes: [],
      };
      return [bucketText(key), { bucket, definition }];
    }),
  );
}
