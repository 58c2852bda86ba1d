import type { FactKind } from '#contracts';
import type { Transaction } from '#storage';
import {
  FactStore,
  type FactChangeRow,
  type FactRef,
  type ProfileRef,
  type Stretch,
} from '../../application/ports.js';
import { isSequentialKind } from '../../domain/derive.js';
import type { DerivedFact } from '../../domain/derived-fact.js';
import { columns, hexOf, sortedBy, stretchColumns } from './rows.js';
import { thresholdsOf, THRESHOLDS_IN_FORCE } from './threshold.repository.js';

export interface FactRow {
  readonly tenant: string;
  readonly fact_id: string;
  readonly kind: FactKind;
  readonly profile_key: string;
  readonly from_at: number;
  readonly to_at: number;
  readonly at: number;
  readonly is_provisional: boolean;
  readonly final_at: number | null;
  readonly content: string;
}

export const FACT = `f.tenant, f.fact_id, f.kind, f.profile_key::text, f.from_at, f.to_at, f.at, f.is_provisional, f.final_at, f.content`;

export class PostgresFacts extends FactStore {
  /**
   * Advisory locks of the transaction: they cost no write, and also hold a fact that does not exist yet. A clash of two of
   * the 2^63 numbers only makes one wait.
   */
  async lock(transaction: Transaction, facts: readonly FactRef[]): Promise<void> {
    if (facts.length === 0) return;
    const sorted = sortedBy(facts, ({ id }) => id).map(({ id }) =>
      BigInt.asIntN(64, BigInt(`0x${id.slice(0, 16)}`)).toString(),
    );
    await transaction.query(
      'SELECT count(pg_advisory_xact_lock(number)) FROM unnest($1::bigint[]) AS number',
      [sorted],
    );
  }

  async read(transaction: Transaction, facts: readonly FactRef[]): Promise<DerivedFact[]> {
    if (facts.length === 0) return [];
    const rows = await transaction.query<FactRow>(
      `SELECT ${FACT} FROM fact f
        WHERE (f.tenant, f.fact_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[])) AND NOT f.is_gone`,
      columns(
        facts,
        (row) => row.tenant,
        (row) => row.id,
      ),
    );
    return rows.map(factOf);
  }

  async openedIn(transaction: Transaction, stretches: readonly Stretch[]): Promise<DerivedFact[]> {
    if (stretches.length === 0) return [];
    const rows = await transaction.query<FactRow>(
      `SELECT ${FACT} FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS p (tenant, profile_key, after, up_to)
         JOIN fact f ON f.tenant = p.tenant AND f.profile_key = p.profile_key AND f.is_sequential AND NOT f.is_gone
                    AND f.from_at > p.after AND f.from_at <= p.up_to`,
      stretchColumns(stretches),
    );
    return rows.map(factOf);
  }

  async dueKeyed(
    transaction: Transaction,
    { at, max }: { at: number; max: number },
  ): Promise<(FactRef & ProfileRef)[]> {
    const rows = await transaction.query<{ tenant: string; fact_id: string; profile_key: string }>(
      `SELECT f.tenant, f.fact_id, f.profile_key::text FROM fact f
        WHERE f.is_provisional AND NOT f.is_sequential AND NOT f.is_gone AND f.final_at <= $1
          AND NOT EXISTS (SELECT FROM profile p
                           WHERE p.tenant = f.tenant AND p.profile_key = f.profile_key AND p.quarantine IS NOT NULL)
        ORDER BY f.final_at LIMIT $2`,
      [at, max],
    );
    return rows.map(({ tenant, fact_id, profile_key }) => ({
      tenant,
      id: hexOf(fact_id) ?? '',
      profileKey: profile_key,
    }));
  }

  async countingFrom(
    transaction: Transaction,
    profiles: readonly (ProfileRef & { readonly at: number })[],
  ): Promise<DerivedFact[]> {
    if (profiles.length === 0) return [];
    const rows = await transaction.query<FactRow>(
      `SELECT ${FACT} FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS p (tenant, profile_key, since)
         JOIN fact f ON f.tenant = p.tenant AND f.profile_key = p.profile_key AND f.at >= p.since AND NOT f.is_gone`,
      columns(
        profiles,
        (row) => row.tenant,
        (row) => row.profileKey,
        (row) => row.at,
      ),
    );
    return rows.map(factOf);
  }

  async tick(transaction: Transaction, tenants: readonly string[]) {
    const [row] = await transaction.query<{
      counter: number;
      watermark: number;
      thresholds: string | null;
    }>(
      `SELECT nextval('fact_tick') AS counter, at AS watermark, (${THRESHOLDS_IN_FORCE}) AS thresholds FROM watermark`,
      [tenants],
    );
    if (row === undefined) throw new Error('the watermark has its row');
    return { ...row, thresholds: thresholdsOf(row.thresholds) };
  }

  async write(transaction: Transaction, rows: readonly FactChangeRow[]): Promise<void> {
    if (rows.length === 0) return;
    await transaction.query(
      `INSERT INTO fact (tenant, fact_id, kind, profile_key, profile_id, revision, is_gone, is_provisional, from_at, to_at, at,
                         final_at, content, is_sequential)
       SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::boolean[],
                            $8::boolean[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::boolean[])
       ON CONFLICT (tenant, fact_id) DO UPDATE SET
         profile_key = excluded.profile_key, profile_id = excluded.profile_id, revision = excluded.revision,
         is_gone = excluded.is_gone, is_provisional = excluded.is_provisional, from_at = excluded.from_at,
         to_at = excluded.to_at, at = excluded.at, final_at = excluded.final_at, content = excluded.content`,
      columns(
        rows,
        ({ fact }) => fact.tenant,
        ({ fact }) => fact.id,
        ({ fact }) => fact.kind,
        ({ fact }) => fact.profileKey,
        (row) => row.profileId,
        (row) => row.revision,
        (row) => row.isGone,
        ({ fact }) => fact.status === 'provisional',
        ({ fact }) => fact.from,
        ({ fact }) => fact.to,
        ({ fact }) => fact.at,
        ({ fact }) => fact.finalAt ?? null,
        (row) => (row.isGone ? NOTHING : contentOf(row.fact)),
        ({ fact }) => isSequentialKind(fact.kind),
      ),
    );
  }
}

type Content = Pick<DerivedFact, 'dims' | 'measures' | 'interactions'>;

/** Of a fact that is gone its revision counts: what it told may have been erased. */
const NOTHING = JSON.stringify({
  dims: {},
  measures: {},
  interactions: { count: 0, first: [], last: [] },
} satisfies Content);

function contentOf({ dims, measures, interactions }: DerivedFact): string {
  return JSON.stringify({ dims, measures, interactions } satisfies Content);
}

export function factOf(row: FactRow): DerivedFact {
  return {
    tenant: row.tenant,
    kind: row.kind,
    id: hexOf(row.fact_id) ?? '',
    profileKey: row.profile_key,
    from: row.from_at,
    to: row.to_at,
    at: row.at,
    ...(JSON.parse(row.content) as Content),
    status: row.is_provisional ? 'provisional' : 'final',
    ...(row.final_at === null ? {} : { finalAt: row.final_at }),
  };
}
