import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { RebuildTables } from '../../../application/ports.js';
import type { ObservationPage, RulesInForce } from '../../../application/ports.js';
import { bucketText } from '../../../domain/contribution.js';
import type { BucketChange, Replacement } from '../../../domain/contribution.js';
import type { Rules } from '../../../domain/kpi.js';
import type {
  FactObservation,
  InteractionObservation,
  Measured,
  Observation,
} from '../../../domain/observation.js';
import {
  BUCKET_COLUMNS,
  BUCKET_UNNEST,
  bucketCells,
  bucketKeyOf,
  columns,
  COUNTER_COLUMNS,
  tallyCells,
} from '../bucket.columns.js';
import type { BucketRow } from '../bucket.columns.js';
import { differences, restorePublished } from './bucket-difference.rows.js';
import { daysTouched, RENEW_DAYS } from './bucket-day.rows.js';
import {
  bringIntoForce,
  dropBuilding,
  hasDroppedShadows,
  moveBuiltUpTo,
  startBuilding,
  sweepReplaced,
} from './building.rows.js';
import { FACT_MEASURED_COLUMNS, factTable, measuredFact } from './observed-fact.rows.js';
import type { FactRow } from './observed-fact.rows.js';
import {
  INTERACTION_COLUMNS,
  interactionTable,
  wholeInteraction,
} from './observed-interaction.rows.js';
import type { InteractionRow } from './observed-interaction.rows.js';
import { insertRules, readRules, updateRules } from './rules-in-force.rows.js';
import type { RulesByTenant } from './rules-in-force.rows.js';
import { replaceRows } from './highest-revision.rows.js';

@Injectable()
export class PostgresAggregateTables extends RebuildTables {
  async holdRules(transaction: Transaction, wanted: RulesByTenant): Promise<RulesByTenant> {
    const tenants = [...wanted.keys()];
    const held = await readRules(transaction, { tenants, lock: 'SHARE' });
    if (held.size === wanted.size) return held;
    await insertRules(transaction, wanted);
    return readRules(transaction, { tenants, lock: 'SHARE' });
  }

  async replace(
    transaction: Transaction,
    observations: readonly Observation[],
  ): Promise<readonly Replacement[]> {
    const facts: FactObservation[] = [];
    const interactions: InteractionObservation[] = [];
    for (const each of observations) {
      if (each.kind === 'interaction') interactions.push(each);
      else facts.push(each);
    }
    const replacedFacts = await replaceRows(transaction, factTable, facts);
    const replacedInteractions = await replaceRows(transaction, interactionTable, interactions);
    return [...replacedFacts, ...replacedInteractions];
  }

  async addToBuckets(
    transaction: Transaction,
    changes: readonly BucketChange[],
    nowMs: number,
  ): Promise<void> {
    if (changes.length === 0) return;
    const published = await transaction.query<BucketRow>(
      `WITH written AS (INSERT INTO bucket (${BUCKET_COLUMNS}, end_ms, ${COUNTER_COLUMNS}, changed_at_ms, dirty_since_ms)
       SELECT c.*, $15::bigint, CASE WHEN version > 0 THEN $15::bigint END
       FROM unnest(${BUCKET_UNNEST}, $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::numeric[], $14::numeric[]) c (${BUCKET_COLUMNS}, end_ms, ${COUNTER_COLUMNS})
       ON CONFLICT (${BUCKET_COLUMNS}) DO UPDATE SET
         items = bucket.items + excluded.items,
         provisional = bucket.provisional + excluded.provisional,
         n = bucket.n + excluded.n,
         numerator = bucket.numerator + excluded.numerator,
         squares = bucket.squares + excluded.squares,
         changed_at_ms = excluded.changed_at_ms,
         dirty_since_ms = coalesce(bucket.dirty_since_ms, excluded.dirty_since_ms)
       RETURNING ${BUCKET_COLUMNS}, publications),
       ${RENEW_DAYS}
       SELECT ${BUCKET_COLUMNS} FROM written WHERE publications > 0`,
      [
        ...columns(changes, (change) => [
          ...bucketCells(change),
          change.endMs,
          ...tallyCells(change.tally),
        ]),
        nowMs,
        ...daysTouched(changes),
      ],
    );
    await addToHistograms(transaction, changes);
    await addToCauses(transaction, changes, new Set(published.map(bucketKeyOf).map(bucketText)));
  }

  async tenants(transaction: Transaction): Promise<RulesByTenant> {
    return readRules(transaction, {});
  }

  async lockRules(transaction: Transaction, tenant: string): Promise<RulesInForce | undefined> {
    return (await readRules(transaction, { tenants: [tenant], lock: 'UPDATE' })).get(tenant);
  }

  async shareRules(transaction: Transaction, tenant: string): Promise<RulesInForce | undefined> {
    return (await readRules(transaction, { tenants: [tenant], lock: 'SHARE' })).get(tenant);
  }

  async storeRules(transaction: Transaction, tenant: string, rules: Rules): Promise<void> {
    await updateRules(transaction, tenant, rules);
  }

  startBuilding = startBuilding;
  builtUpTo = moveBuiltUpTo;
  bringIntoForce = bringIntoForce;
  dropBuilding = dropBuilding;
  sweepReplaced = sweepReplaced;
  hasDroppedShadows = hasDroppedShadows;
  differences = differences;

  restorePublished = restorePublished;

  async countObservations(transaction: Transaction, tenant: string): Promise<number> {
    const [row] = await transaction.query<{ count: string }>(
      `SELECT (SELECT count(*) FROM fact WHERE tenant = $1) + (SELECT count(*) FROM interaction WHERE tenant = $1) AS count`,
      [tenant],
    );
    return Number(row?.count ?? 0);
  }

  /** Facts first, then interactions. */
  async observations(
    transaction: Transaction,
    page: ObservationPage,
  ): Promise<readonly Measured[]> {
    const facts = page.after?.kind === 'interaction' ? [] : await factPage(transaction, page);
    const limit = page.limit - facts.length;
    if (limit === 0) return facts;
    return [...facts, ...(await interactionPage(transaction, { ...page, limit }))];
  }
}

async function addToHistograms(
  transaction: Transaction,
  changes: readonly BucketChange[],
): Promise<void> {
  const rows = changes.flatMap((change) =>
    [...change.bins].sort(([a], [b]) => a - b).map(([bin, count]) => ({ change, bin, count })),
  );
  if (rows.length === 0) return;
  await transaction.query(
    `INSERT INTO histogram (${BUCKET_COLUMNS}, bin, count)
     SELECT * FROM unnest(${BUCKET_UNNEST}, $9::int[], $10::bigint[])
     ON CONFLICT (${BUCKET_COLUMNS}, bin) DO UPDATE SET count = histogram.count + excluded.count`,
    columns(rows, ({ change, bin, count }) => [...bucketCells(change), bin, count]),
  );
}

/** Only of buckets that somebody has seen: what fills a bucket for the first time corrects nothing. */
async function addToCauses(
  transaction: Transaction,
  changes: readonly BucketChange[],
  published: ReadonlySet<string>,
): Promise<void> {
  const rows = changes
    .filter((change) => published.has(bucketText(change)))
    .flatMap((change) => change.causes.map((cause) => ({ change, cause })));
  if (rows.length === 0) return;
  await transaction.query(
    `INSERT INTO bucket_cause (${BUCKET_COLUMNS}, cause, ref, count)
     SELECT * FROM unnest(${BUCKET_UNNEST}, $9::text[], $10::text[], $11::bigint[])
     ON CONFLICT (${BUCKET_COLUMNS}, cause, ref) DO UPDATE SET count = bucket_cause.count + excluded.count`,
    columns(rows, ({ change, cause }) => [
      ...bucketCells(change),
      cause.cause,
      cause.ref ?? '',
      cause.count,
    ]),
  );
}

async function factPage(transaction: Transaction, page: ObservationPage): Promise<Measured[]> {
  const rows = await transaction.query<FactRow>(
    `SELECT ${FACT_MEASURED_COLUMNS} FROM fact WHERE tenant = $1 AND (kind, key) > ($2, $3)
     ORDER BY kind, key LIMIT $4`,
    [page.tenant, page.after?.kind ?? '', page.after?.key ?? '', page.limit],
  );
  return rows.map(measuredFact);
}

async function interactionPage(
  transaction: Transaction,
  page: ObservationPage,
): Promise<Measured[]> {
  const after = page.after?.kind === 'interaction' ? page.after.key : null;
  const rows = await transaction.query<InteractionRow>(
    `SELECT ${INTERACTION_COLUMNS} FROM interaction WHERE tenant = $1 AND ($2::uuid IS NULL OR key > $2::uuid)
     ORDER BY key LIMIT $3`,
    [page.tenant, after, page.limit],
  );
  return rows.map(wholeInteraction);
}
