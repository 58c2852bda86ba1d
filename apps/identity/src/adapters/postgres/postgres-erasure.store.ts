import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { groupBy } from '../../domain/group-by.js';
import type { FilingRow, WinnerRow } from '../../domain/state.js';
import { ErasureStore } from '../../application/erasing/ports.js';
import type {
  ErasurePart,
  Haunted,
  InCommon,
  KnownErasure,
  Refiled,
} from '../../application/erasing/ports.js';
import type { InteractionName, StoredCall, TakenBack } from '../../application/ports.js';
import { callIn, columns, filingIn, winnerIn } from './rows.js';
import type { CallRecord, FilingRecord, WinnerRecord } from './rows.js';
import { write } from './table.js';
import { CALLS, takeBack } from './write-sql.js';

const KNOWN = `
  SELECT erasure_id, at, hash, NULL AS type, NULL AS name FROM erased_interaction WHERE hash = ANY($1)
  UNION ALL
  SELECT erasure_id, at, NULL, type, name FROM erased_identifier WHERE name = ANY($2)`;

interface KnownRow {
  readonly erasure_id: string;
  readonly at: number;
  readonly hash: string | null;
  readonly type: string | null;
  readonly name: string | null;
}

const KEEP_INTERACTIONS = `
  INSERT INTO erased_interaction (hash, erasure_id, at)
  SELECT hash, $2, $3 FROM unnest($1::text[]) AS hash ON CONFLICT DO NOTHING`;

const KEEP_IDENTIFIERS = `
  INSERT INTO erased_identifier (name, type, erasure_id, at)
  SELECT name, type, $3, $4 FROM unnest($1::text[], $2::text[]) AS i (name, type) ON CONFLICT DO NOTHING`;

const KEEP_CALLS = `
  INSERT INTO erased_call (call_id, at) SELECT call_id, $2 FROM unnest($1::text[]) AS call_id
  ON CONFLICT (call_id) DO UPDATE SET at = excluded.at WHERE erased_call.at < excluded.at RETURNING call_id`;

const COMMON_NAMES = `
  SELECT n.name FROM unnest($1::text[]) AS n (name) WHERE EXISTS (
    SELECT FROM filing_identifier h JOIN filing f ON f.filing = h.filing
    WHERE h.name = n.name AND f.profile_key <> $2 AND f.total > 0 AND f.first_at IS NOT NULL)`;

const COMMON_UNITS = `
  SELECT u.unit FROM unnest($1::text[]) AS u (unit) WHERE EXISTS (
    SELECT FROM filing f
    WHERE f.unit = u.unit AND left(f.filing, 2) IN ('c:', 'e:') AND f.profile_key <> $2 AND f.total > 0 AND f.first_at IS NOT NULL)`;

const NAMED = 'unnest($1::text[], $2::text[], $3::text[]) AS n (tenant, source, id)';
const MATCH = 'x.tenant = n.tenant AND x.source = n.source AND x.id = n.id';
const REFILED = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
  AS n (tenant, source, id, filing, counter)`;

@Injectable()
export class PostgresErasureStore extends ErasureStore {
  async keepHaunted(transaction: Transaction, rows: readonly Haunted[]): Promise<void> {
    if (rows.length === 0) return;
    await transaction.query(
      `INSERT INTO haunted_interaction (tenant, source, id, hash)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
      [...namesOf(rows), rows.map(({ hash }) => hash)],
    );
  }

  haunted(transaction: Transaction, hashes: readonly string[]): Promise<InteractionName[]> {
    const sql = 'SELECT tenant, source, id FROM haunted_interaction WHERE hash = ANY($1)';
    return transaction.query<InteractionName>(sql, [hashes]);
  }

  async tenants(transaction: Transaction, tenants: readonly string[]): Promise<Set<string>> {
    const sql = `
      SELECT tenant FROM unnest($1::text[]) AS tenant
      WHERE EXISTS (SELECT FROM erasure_part p WHERE p.tenant = tenant.tenant)`;
    const rows = await transaction.query<{ tenant: string }>(sql, [tenants]);
    return new Set(rows.map(({ tenant }) => tenant));
  }

  async erasedTypes(transaction: Transaction): Promise<string[]> {
    const sql = 'SELECT DISTINCT type FROM erased_identifier';
    return (await transaction.query<{ type: string }>(sql)).map(({ type }) => type);
  }

  async known(
    transaction: Transaction,
    asked: { readonly interactions: readonly string[]; readonly names: readonly string[] },
  ): Promise<KnownErasure[]> {
    const rows = await transaction.query<KnownRow>(KNOWN, [asked.interactions, asked.names]);
    return [...groupBy(rows, (row) => row.erasure_id)].map(([erasureId, of]) => ({
      erasureId,
      at: of[0]?.at ?? 0,
      interactions: of.flatMap(({ hash }) => hash ?? []),
      identifiers: of.flatMap(({ type, name }) =>
        type === null || name === null ? [] : { type, name },
      ),
    }));
  }

  async keep(
    transaction: Transaction,
    part: ErasurePart,
  ): Promise<ReadonlySet<string> | undefined> {
    const { tenant, erasureId, at, interactions, identifiers } = part;
    const inserted = await transaction.query(
      `INSERT INTO erasure_part (tenant, erasure_id, part, parts, at, record) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING RETURNING part`,
      [tenant, erasureId, part.part, part.parts, at, part.text],
    );
    if (inserted.length === 0) return undefined;
    await transaction.query(KEEP_INTERACTIONS, [interactions, erasureId, at]);
    const named = columns(
      identifiers,
      (i) => i.name,
      (i) => i.type,
    );
    await transaction.query(KEEP_IDENTIFIERS, [...named, erasureId, at]);
    const ids = part.calls.map(({ callId }) => callId);
    const spoken = await transaction.query<{ call_id: string }>(KEEP_CALLS, [ids, at]);
    return new Set(spoken.map((row) => row.call_id));
  }

  async winnersIn(transaction: Transaction, filings: readonly string[]): Promise<WinnerRow[]> {
    const sql = 'SELECT * FROM winner WHERE filing = ANY($1)';
    return (await transaction.query<WinnerRecord>(sql, [filings])).map(winnerIn);
  }

  async forget(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<TakenBack> {
    if (interactions.length === 0) return { filings: [], aliases: [] };
    const sql = `DELETE FROM winner x USING ${NAMED} WHERE ${MATCH}`;
    await transaction.query(sql, namesOf(interactions));
    return this.withdrawSaid(transaction, interactions);
  }

  async expire(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<TakenBack> {
    if (interactions.length === 0) return { filings: [], aliases: [] };
    const sql = `UPDATE winner x SET filing = '', refused = NULL, counter = counter + 1 FROM ${NAMED} WHERE ${MATCH}`;
    await transaction.query(sql, namesOf(interactions));
    return this.withdrawSaid(transaction, interactions);
  }

  private async withdrawSaid(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<TakenBack> {
    const haunted = `DELETE FROM haunted_interaction x USING ${NAMED} WHERE ${MATCH}`;
    await transaction.query(haunted, namesOf(interactions));
    return takeBack(transaction, { replaced: interactions });
  }

  async refile(transaction: Transaction, rows: readonly Refiled[]): Promise<StoredCall[]> {
    if (rows.length === 0) return [];
    const places = columns(
      rows,
      (row) => row.filing,
      (row) => row.contentCounter,
    );
    const parameters = [...namesOf(rows), ...places];
    await transaction.query(
      `UPDATE winner x SET filing = n.filing, counter = n.counter FROM ${REFILED} WHERE ${MATCH}`,
      parameters,
    );
    await transaction.query(
      `UPDATE trait x SET filing = n.filing FROM ${REFILED} WHERE ${MATCH}`,
      parameters,
    );
    return this.aliasesOf(transaction, rows);
  }

  async aliasesOf(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<StoredCall[]> {
    const sql = `SELECT x.* FROM call x JOIN ${NAMED} ON ${MATCH}`;
    return (await transaction.query<CallRecord>(sql, namesOf(interactions))).map(callIn);
  }

  async lastAt(transaction: Transaction, tenant: string): Promise<number> {
    const sql = 'SELECT max(at) AS at FROM erasure_part WHERE tenant = $1';
    const [row] = await transaction.query<{ at: number | null }>(sql, [tenant]);
    return row?.at ?? 0;
  }

  async filingsOf(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<FilingRow[]> {
    const sql = 'SELECT * FROM filing WHERE profile_key = $1 AND total > 0 LIMIT $2';
    return (await transaction.query<FilingRecord>(sql, [profileKey, limit])).map(filingIn);
  }

  async inCommon(
    transaction: Transaction,
    profileKey: number,
    asked: { readonly names: readonly string[]; readonly units: readonly string[] },
  ): Promise<InCommon> {
    const names = await transaction.query<{ name: string }>(COMMON_NAMES, [
      asked.names,
      profileKey,
    ]);
    const units = await transaction.query<{ unit: string }>(COMMON_UNITS, [
      asked.units,
      profileKey,
    ]);
    return { names: names.map((row) => row.name), units: units.map((row) => row.unit) };
  }

  async carriers(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<number> {
    const [row] = await transaction.query<{ count: number }>(
      `SELECT count(*) AS count FROM (
         SELECT FROM filing_identifier WHERE name = ANY($1) LIMIT $2) AS carriers`,
      [names, limit],
    );
    return row?.count ?? 0;
  }

  async forgetSaid(
    transaction: Transaction,
    said: {
      readonly names: readonly string[];
      readonly callIds: readonly string[];
      readonly until: number;
    },
  ): Promise<number> {
    const rows = await transaction.query(
      `DELETE FROM call_entry
       WHERE call_id = ANY($1) OR (recorded_at <= $3 AND (a = ANY($2) OR b = ANY($2)))
       RETURNING sequence`,
      [said.callIds, said.names, said.until],
    );
    return rows.length;
  }

  async replaceCalls(
    transaction: Transaction,
    calls: readonly StoredCall[],
  ): Promise<StoredCall[]> {
    if (calls.length === 0) return [];
    const ids = calls.map(({ callId }) => callId);
    const replaced = await transaction.query<CallRecord>(
      'DELETE FROM call WHERE call_id = ANY($1) RETURNING *',
      [ids],
    );
    await write(transaction, CALLS, calls);
    return replaced.map(callIn);
  }

  async forgetUnseen(transaction: Transaction, names: readonly string[]): Promise<number> {
    const sql = `UPDATE identifier i SET value = ''
      WHERE name = ANY($1) AND first_at IS NULL AND value <> '' AND NOT EXISTS (
        SELECT FROM filing_identifier h JOIN filing f ON f.filing = h.filing AND f.total > 0 WHERE h.name = i.name)
      RETURNING name`;
    return (await transaction.query(sql, [names])).length;
  }
}

function namesOf(interactions: readonly InteractionName[]): unknown[][] {
  return columns(
    interactions,
    (one) => one.tenant,
    (one) => one.source,
    (one) => one.id,
  );
}
