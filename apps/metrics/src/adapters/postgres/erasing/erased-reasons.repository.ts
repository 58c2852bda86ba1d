import { Injectable } from '@nestjs/common';
import { nameInteraction } from '#contracts';
import type { ErasureDone } from '#contracts';
import { ErasureBook, Reading } from '#erasure';
import { stableHash } from '#kernel';
import type { Transaction } from '#storage';
import { ErasedReasons } from '../../../application/erasing/ports.js';
import type { ErasedInteraction } from '../../../application/erasing/ports.js';
import type { DueBucket } from '../../../application/publication-ports.js';
import { interactionsNamed, refOf } from '../../../domain/erased-reason.js';
import { BUCKET_COLUMNS } from '../bucket.columns.js';

/** References of what is erased, each with its erasure. */
const GIVEN = `given AS (
  SELECT DISTINCT tenant, ref, erasure_id FROM unnest($1::text[], $2::text[], $3::text[]) AS g (tenant, ref, erasure_id))`;

@Injectable()
export class PostgresErasedReasons extends ErasedReasons {
  constructor(
    private readonly book: ErasureBook,
    private readonly reading: Reading,
  ) {
    super();
  }

  async erase(
    transaction: Transaction,
    tombstones: readonly ErasedInteraction[],
    nowMs: number,
  ): Promise<ErasureDone[]> {
    const tenants = [...new Set(tombstones.map(({ tenant }) => tenant))].sort();
    await this.book.enter(
      transaction,
      tenants.map((tenant) => ({ tenant, isAlone: true })),
    );
    const gone = tombstones.map((each) => ({ ...each, name: this.nameOf(each.tenant, each) }));
    await this.book.keepGone(transaction, gone);
    const erased = new Set(
      tombstones.flatMap((each) => (each.until === undefined ? [each.erasureId] : [])),
    );
    const stores = [
      ...(await countMeasured(transaction, tombstones)),
      ...(await renamePublished(transaction, tombstones)),
      ...(await renameWaiting(transaction, tombstones)),
    ];
    await this.book.count(
      transaction,
      stores
        .filter(({ erasure_id }) => erased.has(erasure_id))
        .map(({ erasure_id, ...row }) => ({ ...row, erasureId: erasure_id })),
    );
    return this.book.settle(transaction, { tenants, now: nowMs });
  }

  async renamed(transaction: Transaction, due: readonly DueBucket[]): Promise<DueBucket[]> {
    const tenants = [...new Set(due.map(({ tenant }) => tenant))].sort();
    if (tenants.length === 0) return [];
    const entered = await this.book.enter(
      transaction,
      tenants.map((tenant) => ({ tenant, isAlone: false })),
    );
    const concerned = due.filter(({ tenant }) => entered.has(tenant));
    if (concerned.length === 0) return [...due];
    const named = new Map(concerned.flatMap((bucket) => this.namedIn(bucket)));
    const keys = [...named.values()].map(({ key }) => key);
    const rows = await transaction.query<{ name: string; erasure_id: string }>(
      // What went by age and came back since is named.
      `SELECT replace(e.name::text, '-', '') AS name, e.erasure_id
         FROM erased_interaction e JOIN unnest($2::uuid[], $3::uuid[]) AS n (name, key) ON n.name = e.name
        WHERE e.tenant = ANY ($1::text[])
          AND (e.until_revision IS NULL OR NOT EXISTS (SELECT FROM interaction i WHERE i.key = n.key AND NOT i.is_gone))`,
      [[...entered.keys()], [...named.keys()], keys],
    );
    const erasures = new Map(rows.map((row) => [named.get(row.name)?.ref ?? '', row.erasure_id]));
    if (erasures.size === 0) return [...due];
    return due.map((bucket) => ({
      ...bucket,
      causes: bucket.causes.map((cause) => ({
        ...cause,
        ref: erasures.get(refIn(bucket.tenant, cause.ref ?? '')) ?? cause.ref,
      })),
    }));
  }

  /** What its causes may name, by keyed name. */
  private namedIn({ tenant, causes }: DueBucket): [string, { key: string; ref: string }][] {
    const refs = causes.flatMap((cause) => cause.ref ?? []);
    return refs.flatMap((ref) =>
      interactionsNamed(ref).map((each): [string, { key: string; ref: string }] => [
        this.nameOf(tenant, each),
        { key: stableHash(tenant, each.source, each.id), ref: refIn(tenant, ref) },
      ]),
    );
  }

  private nameOf(tenant: string, { source, id }: { source: string; id: string }): string {
    return nameInteraction(this.reading.secret, { tenant, source, id });
  }
}

const refIn = (tenant: string, ref: string): string => `${tenant}\u0000${ref}`;

interface Renamed {
  readonly tenant: string;
  readonly erasure_id: string;
  readonly store: string;
  readonly count: number;
}

const given = (tombstones: readonly ErasedInteraction[]): unknown[][] => [
  tombstones.map(({ tenant }) => tenant),
  tombstones.map(refOf),
  tombstones.map(({ erasureId }) => erasureId),
];

/** Interactions that are counted now, and will not be. */
async function countMeasured(
  transaction: Transaction,
  tombstones: readonly ErasedInteraction[],
): Promise<Renamed[]> {
  return transaction.query<Renamed & Record<string, unknown>>(
    `SELECT i.tenant, g.erasure_id, 'interactions' AS store, count(*)::int AS count
       FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[])) AS g (key, erasure_id)
       JOIN interaction i ON i.key = g.key AND i.source <> '' GROUP BY i.tenant, g.erasure_id`,
    [
      tombstones.map(({ tenant, source, id }) => stableHash(tenant, source, id)),
      tombstones.map(({ erasureId }) => erasureId),
    ],
  );
}

async function renamePublished(
  transaction: Transaction,
  tombstones: readonly ErasedInteraction[],
): Promise<Renamed[]> {
  return transaction.query<Renamed & Record<string, unknown>>(
    `WITH ${GIVEN},
     hit AS (
       SELECT p.ctid AS place, min(g.erasure_id) AS erasure_id
         FROM given g JOIN publication p ON p.causes @> jsonb_build_array(jsonb_build_object('ref', g.ref))
        WHERE p.sequence > 1 AND p.tenant = g.tenant GROUP BY p.ctid),
     renamed AS (
       UPDATE publication p SET causes = (
         SELECT jsonb_agg(CASE WHEN g.ref IS NULL THEN c.cause ELSE c.cause || jsonb_build_object('ref', g.erasure_id) END ORDER BY c.place)
           FROM jsonb_array_elements(p.causes) WITH ORDINALITY AS c (cause, place)
           LEFT JOIN given g ON g.tenant = p.tenant AND g.ref = c.cause ->> 'ref')
       FROM hit WHERE p.ctid = hit.place
       RETURNING p.tenant, hit.erasure_id)
     SELECT tenant, erasure_id, 'corrections' AS store, count(*)::int AS count FROM renamed GROUP BY tenant, erasure_id`,
    given(tombstones),
  );
}

async function renameWaiting(
  transaction: Transaction,
  tombstones: readonly ErasedInteraction[],
): Promise<Renamed[]> {
  return transaction.query<Renamed & Record<string, unknown>>(
    `WITH ${GIVEN},
     taken AS (
       DELETE FROM bucket_cause WHERE tenant = ANY ($1::text[]) AND ref = ANY ($2::text[])
       RETURNING ${BUCKET_COLUMNS}, cause, ref, count),
     summed AS (
       SELECT t.${BUCKET_COLUMNS.split(', ').join(', t.')}, t.cause, g.erasure_id, sum(t.count) AS count
         FROM taken t JOIN given g USING (tenant, ref)
        GROUP BY t.${BUCKET_COLUMNS.split(', ').join(', t.')}, t.cause, g.erasure_id),
     renamed AS (
       INSERT INTO bucket_cause AS b (${BUCKET_COLUMNS}, cause, ref, count)
       SELECT ${BUCKET_COLUMNS}, cause, erasure_id, count FROM summed
       ON CONFLICT (${BUCKET_COLUMNS}, cause, ref) DO UPDATE SET count = b.count + excluded.count
       RETURNING b.tenant, b.ref AS erasure_id)
     SELECT tenant, erasure_id, 'reasons' AS store, count(*)::int AS count FROM renamed GROUP BY tenant, erasure_id`,
    given(tombstones),
  );
}
