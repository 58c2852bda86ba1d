import { formatInstant, parseInstant } from '#contracts';
import type { ErasureDone, ErasureRequested } from '#contracts';
import type { Transaction } from '#storage';
import { keepExpired, namesOf } from './keep-expired.js';
import type { GoneInteraction } from './keep-expired.js';
import { Mentions, namesIn } from './mentions.js';
import type { ErasedNames, Reading, Said } from './mentions.js';

export interface EnteredTenant {
  readonly tenant: string;
  /** Something is erased in it: nobody else is in until the end of the transaction. */
  readonly isAlone: boolean;
}

export interface Counted {
  readonly tenant: string;
  readonly erasureId: string;
  readonly store: string;
  readonly count: number;
}

/** Tombstones handled: what says when a part is done, and no store of its own. */
const TOMBSTONES = 'tombstones';

/** How far one service has carried erasures out: the tables of `ErasureTables`, a fixed few statements a call. */
export class ErasureBook {
  constructor(
    private readonly service: ErasureDone['service'],
    /** Nothing is done before the tombstones of identity are handled. */
    private readonly awaitsTombstones: boolean,
  ) {}

  /** Holds the tenants, sorted; answers those in which anybody was erased, with the newest instant up to which (ms). */
  async enter(
    transaction: Transaction,
    tenants: readonly EnteredTenant[],
  ): Promise<ReadonlyMap<string, number>> {
    const rows = await transaction.query<{ tenant: string; newest_at: number }>(
      'SELECT tenant, newest_at FROM enter_tenants($1::text[], $2::boolean[])',
      [tenants.map(({ tenant }) => tenant), tenants.map(({ isAlone }) => isAlone)],
    );
    return new Map(rows.map((row) => [row.tenant, row.newest_at]));
  }

  /** From now on `enter` answers these tenants. */
  async open(transaction: Transaction, tenants: readonly string[]): Promise<void> {
    await transaction.query(
      `INSERT INTO erasing_tenant (tenant, newest_at) SELECT DISTINCT tenant, 0 FROM unnest($1::text[]) AS t (tenant)
       ON CONFLICT DO NOTHING`,
      [tenants],
    );
  }

  /** Alone in the tenants: what is on its way meets the names afterwards. */
  async keepNames(transaction: Transaction, requests: readonly ErasureRequested[]): Promise<void> {
    const tenants = [...new Set(requests.map(({ tenant }) => tenant))].sort();
    await this.enter(
      transaction,
      tenants.map((tenant) => ({ tenant, isAlone: true })),
    );
    const instants = requests.map(({ at }) => parseInstant(at) ?? 0);
    await transaction.query(
      `INSERT INTO erasing_tenant (tenant, newest_at)
       SELECT tenant, max(at) FROM unnest($1::text[], $2::bigint[]) AS r (tenant, at) GROUP BY tenant
       ON CONFLICT (tenant) DO UPDATE SET newest_at = greatest(erasing_tenant.newest_at, excluded.newest_at)`,
      [requests.map(({ tenant }) => tenant), instants],
    );
    const interactions = requests.flatMap(({ tenant, erasureId, interactions: names }) =>
      names.map((name) => ({ tenant, erasureId, name })),
    );
    await transaction.query(
      `INSERT INTO erased_interaction (tenant, name, erasure_id, is_gone)
       SELECT DISTINCT ON (tenant, name) tenant, name, erasure_id, false
         FROM unnest($1::text[], $2::uuid[], $3::text[]) AS i (tenant, name, erasure_id)
       ON CONFLICT (tenant, name) DO UPDATE SET erasure_id = excluded.erasure_id, until_revision = NULL, noted_at = NULL
          WHERE erased_interaction.until_revision IS NOT NULL`,
      namesOf(interactions),
    );
    const identifiers = requests.flatMap(({ tenant, erasureId, identifiers: erased }, index) =>
      erased.map((each) => ({ ...each, tenant, erasureId, at: instants[index] ?? 0 })),
    );
    await transaction.query(
      `INSERT INTO erased_identifier (tenant, name, erasure_id, type, at)
       SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
       ON CONFLICT DO NOTHING`,
      [
        ...namesOf(identifiers),
        identifiers.map(({ type }) => type),
        identifiers.map(({ at }) => at),
      ],
    );
  }

  /** Tombstones that were handled; those of erasures are counted, each once. The tenants are held. */
  async keepGone(transaction: Transaction, gone: readonly GoneInteraction[]): Promise<void> {
    await this.keepErased(
      transaction,
      gone.filter(({ until }) => until === undefined),
    );
    await keepExpired(
      transaction,
      gone.filter(({ until }) => until !== undefined),
    );
  }

  private async keepErased(
    transaction: Transaction,
    gone: readonly GoneInteraction[],
  ): Promise<void> {
    if (gone.length === 0) return;
    await transaction.query(
      `WITH given AS (
         SELECT DISTINCT ON (tenant, name) * FROM unnest($1::text[], $2::uuid[], $3::text[]) AS g (tenant, name, erasure_id)),
       fresh AS (
         INSERT INTO erased_interaction AS e (tenant, name, erasure_id, is_gone) SELECT tenant, name, erasure_id, true FROM given
         ON CONFLICT (tenant, name) DO UPDATE SET is_gone = true, erasure_id = excluded.erasure_id, until_revision = NULL, noted_at = NULL
          WHERE NOT e.is_gone
         RETURNING tenant, erasure_id),
       entered AS (
         INSERT INTO erasing_tenant (tenant, newest_at) SELECT DISTINCT tenant, 0 FROM given ON CONFLICT DO NOTHING)
       INSERT INTO erasure_count AS c (tenant, erasure_id, store, count)
       SELECT tenant, erasure_id, '${TOMBSTONES}', count(*) FROM fresh GROUP BY tenant, erasure_id
       ON CONFLICT (tenant, erasure_id, store) DO UPDATE SET count = c.count + excluded.count`,
      namesOf(gone),
    );
  }

  async count(transaction: Transaction, counted: readonly Counted[]): Promise<void> {
    const some = counted.filter(({ count }) => count > 0);
    if (some.length === 0) return;
    await transaction.query(
      `INSERT INTO erasure_count AS c (tenant, erasure_id, store, count)
       SELECT tenant, erasure_id, store, sum(count)
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n (tenant, erasure_id, store, count)
        GROUP BY tenant, erasure_id, store
       ON CONFLICT (tenant, erasure_id, store) DO UPDATE SET count = c.count + excluded.count`,
      [
        some.map(({ tenant }) => tenant),
        some.map(({ erasureId }) => erasureId),
        some.map(({ store }) => store),
        some.map(({ count }) => count),
      ],
    );
  }

  /** Parts that were asked for, and parts that identity is through with. */
  async note(
    transaction: Transaction,
    {
      requested,
      done,
    }: { readonly requested: readonly ErasureRequested[]; readonly done: readonly ErasureDone[] },
  ): Promise<void> {
    const upstream = done.filter(({ service }) => service === 'identity');
    const parts = [
      ...requested.map((part) => ({ ...part, isRequested: true, expected: null })),
      ...upstream.map((part) => ({
        ...part,
        isRequested: false,
        expected: part.stores['interactions'] ?? 0,
      })),
    ];
    if (parts.length === 0) return;
    await transaction.query(
      `INSERT INTO erasure_part AS p (tenant, erasure_id, part, is_requested, expected, is_done)
       SELECT tenant, erasure_id, part, bool_or(is_requested), max(expected), false
         FROM unnest($1::text[], $2::text[], $3::int[], $4::boolean[], $5::bigint[]) AS n (tenant, erasure_id, part, is_requested, expected)
        GROUP BY tenant, erasure_id, part
       ON CONFLICT (tenant, erasure_id, part) DO UPDATE
          SET is_requested = p.is_requested OR excluded.is_requested, expected = coalesce(p.expected, excluded.expected)`,
      [
        parts.map(({ tenant }) => tenant),
        parts.map(({ erasureId }) => erasureId),
        parts.map(({ part }) => part),
        parts.map(({ isRequested }) => isRequested),
        parts.map(({ expected }) => expected),
      ],
    );
  }

  /** Parts that are done now. Each tells what was counted since the one before, so that the parts of an erasure add up. */
  async settle(
    transaction: Transaction,
    { tenants, now }: { readonly tenants: readonly string[]; readonly now: number },
  ): Promise<ErasureDone[]> {
    const done = await transaction.query<{ tenant: string; erasure_id: string; part: number }>(
      `UPDATE erasure_part p SET is_done = true
        WHERE p.is_requested AND NOT p.is_done AND p.tenant = ANY ($1::text[])
          AND (NOT $2::boolean OR p.expected IS NOT NULL AND
               coalesce((SELECT c.count FROM erasure_count c
                          WHERE c.tenant = p.tenant AND c.erasure_id = p.erasure_id AND c.store = '${TOMBSTONES}'), 0) >=
               (SELECT sum(o.expected) FROM erasure_part o WHERE o.tenant = p.tenant AND o.erasure_id = p.erasure_id))
        RETURNING p.tenant, p.erasure_id, p.part`,
      [tenants, this.awaitsTombstones],
    );
    if (done.length === 0) return [];
    const counts = await transaction.query<{
      tenant: string;
      erasure_id: string;
      store: string;
      fresh: number;
    }>(
      `UPDATE erasure_count c SET told = c.count FROM erasure_count o
        WHERE (c.tenant, c.erasure_id) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND c.store <> '${TOMBSTONES}'
          AND o.tenant = c.tenant AND o.erasure_id = c.erasure_id AND o.store = c.store
        RETURNING c.tenant, c.erasure_id, c.store, (o.count - o.told)::int AS fresh`,
      [done.map(({ tenant }) => tenant), done.map(({ erasure_id }) => erasure_id)],
    );
    const told = new Set<string>();
    return done.map(({ tenant, erasure_id, part }) => {
      const name = `${tenant}\u001f${erasure_id}`;
      const own = told.has(name)
        ? []
        : counts.filter((row) => row.tenant === tenant && row.erasure_id === erasure_id);
      told.add(name);
      return {
        tenant,
        erasureId: erasure_id,
        part,
        service: this.service,
        at: formatInstant(now),
        stores: Object.fromEntries(own.map(({ store, fresh }) => [store, fresh])),
      };
    });
  }

  /**
   * Which of these, by index, speak of somebody erased. For what is rare: a rejection that was on its way, a record that nobody can read. Until
   * the end of the transaction nobody else is erased in these tenants.
   */
  async mentioned(
    transaction: Transaction,
    said: readonly Said[],
    reading: Reading,
  ): Promise<ReadonlySet<number>> {
    const tenants = [...new Set(said.map(({ tenant }) => tenant))].sort();
    const entered = await this.enter(
      transaction,
      tenants.map((tenant) => ({ tenant, isAlone: false })),
    );
    const concerned = said.filter(({ tenant }) => entered.has(tenant));
    if (concerned.length === 0) return new Set();
    const types = await transaction.query<{ type: string }>(
      'SELECT DISTINCT type FROM erased_identifier WHERE tenant = ANY ($1::text[])',
      [tenants],
    );
    const names = concerned.map((each) =>
      namesIn(
        each,
        types.map(({ type }) => type),
        reading,
      ),
    );
    const interactions = await transaction.query<NameRow>(
      `SELECT tenant, replace(name::text, '-', '') AS name, erasure_id FROM erased_interaction
        WHERE tenant = ANY ($1::text[]) AND name = ANY ($2::uuid[]) AND until_revision IS NULL`,
      [tenants, names.flatMap((each) => each.interactions)],
    );
    const identifiers = await transaction.query<NameRow & { type: string; at: number }>(
      `SELECT tenant, replace(name::text, '-', '') AS name, erasure_id, type, at FROM erased_identifier
        WHERE tenant = ANY ($1::text[]) AND name = ANY ($2::uuid[])`,
      [tenants, names.flatMap((each) => each.identifiers)],
    );
    const mentions = new Mentions(
      [
        ...interactions.map((row) => erasedNames(row, { interactions: [row.name] })),
        ...identifiers.map((row) => erasedNames(row, { at: row.at, identifiers: [row] })),
      ],
      reading,
    );
    return new Set(
      said.flatMap((each, index) => (mentions.find(each) === undefined ? [] : [index])),
    );
  }
}

interface NameRow {
  readonly tenant: string;
  readonly name: string;
  readonly erasure_id: string;
}

function erasedNames(row: NameRow, erased: Partial<ErasedNames>): ErasedNames {
  const { tenant, erasure_id: erasureId } = row;
  return { tenant, erasureId, at: 0, interactions: [], identifiers: [], ...erased };
}
