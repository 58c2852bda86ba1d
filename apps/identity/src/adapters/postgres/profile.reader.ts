import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import type { IdentityRules } from '../../domain/rules.js';
import type {
  FilingRow,
  IdentifierRow,
  LinkRow,
  ProfileRow,
  WinnerRow,
} from '../../domain/state.js';
import type { DecisionRow, Sitting } from '../../application/ports.js';
import { ProfileReader } from '../../application/reading-ports.js';
import type { FilingTotals, IdentityEvent, SeenPortrait } from '../../application/reading-ports.js';
import { readPortraits } from './portrait-sql.js';
import { decisionIn, filingIn, identifierIn, linksIn, profileIn, winnerIn } from './rows.js';
import type {
  DecisionRecord,
  FilingRecord,
  IdentifierRecord,
  LinkRecord,
  ProfileRecord,
  WinnerRecord,
} from './rows.js';

const BY_IDENTIFIER = `
  SELECT p.* FROM identifier i JOIN profile p ON p.profile_key = i.profile_key WHERE i.name = $1`;

/** A profile without identifiers whose filings found an owner answers with the owner's. */
const BY_UNIT = `
  SELECT n.* FROM profile p
  JOIN filing f ON f.filing = p.bare_unit OR (f.unit = p.bare_unit AND left(f.filing, 2) = 'c:')
  JOIN profile n ON n.profile_key = f.profile_key
  WHERE p.profile_id = $1 AND p.bare_unit IS NOT NULL
  ORDER BY f.filing LIMIT 1`;

const LAST_SEEN = `
  SELECT h.name, max(f.last_at) AS last_at
  FROM filing_identifier h JOIN filing f ON f.filing = h.filing AND f.last_at IS NOT NULL
  WHERE h.name = ANY($1) GROUP BY h.name`;

const SHARED = `
  SELECT i.*, (SELECT max(f.last_at) FROM filing_identifier h JOIN filing f ON f.filing = h.filing
               WHERE h.name = i.name) AS last_at
  FROM decision d JOIN identifier i ON i.name = d.subject
  WHERE d.rivals @> ARRAY[$1] AND d.code = 'shared-identifier' AND i.standing = 'shared' AND i.value NOT LIKE ' %'
  ORDER BY i.name LIMIT 1000`;

const CONVERSATIONS = `
  SELECT f.* FROM filing f WHERE left(f.filing, 2) = 'c:' AND f.unit IN (
    SELECT unit FROM filing WHERE profile_key = $1 AND left(filing, 2) = 'c:'
    GROUP BY unit ORDER BY max(last_at) DESC NULLS LAST LIMIT $2)`;

const EVENTS = `
  SELECT kind, from_id AS "from", to_id AS "to", identifiers, interactions, code, subject,
         coalesce(rivals, '{}') AS rivals, cause, ref, recorded_at AS "recordedAt"
  FROM identity_event
  WHERE sequence IN (
    SELECT sequence FROM identity_event WHERE from_id = ANY($1)
    UNION SELECT sequence FROM identity_event WHERE to_id = ANY($1)
    UNION SELECT sequence FROM identity_event WHERE subject = ANY($1))
  ORDER BY sequence DESC LIMIT $2`;

@Injectable()
export class PostgresProfileReader extends ProfileReader {
  async find(transaction: Transaction, name: string): Promise<ProfileRow | undefined> {
    const [held] = await transaction.query<ProfileRecord>(BY_IDENTIFIER, [name]);
    if (held) return profileIn(held);
    const [bare] = await transaction.query<ProfileRecord>(BY_UNIT, [name]);
    return bare && profileIn(bare);
  }

  async count(transaction: Transaction, tenant: string): Promise<number> {
    const sql = 'SELECT count(*)::bigint AS count FROM profile WHERE tenant = $1 AND NOT is_gone';
    const [row] = await transaction.query<{ count: number }>(sql, [tenant]);
    return row?.count ?? 0;
  }

  async rules(transaction: Transaction, tenant: string): Promise<IdentityRules | undefined> {
    const sql = 'SELECT body FROM rules WHERE tenant = $1 ORDER BY version DESC LIMIT 1';
    const [row] = await transaction.query<{ body: string }>(sql, [tenant]);
    return row && (JSON.parse(row.body) as IdentityRules);
  }

  async portrait(transaction: Transaction, sitting: Sitting): Promise<SeenPortrait | undefined> {
    const [portrait] = await readPortraits(transaction, [sitting]);
    if (!portrait) return undefined;
    const names = portrait.identifiers.map((row) => row.name);
    const seen = await transaction.query<{ name: string; last_at: number }>(LAST_SEEN, [names]);
    const lastOf = new Map(seen.map((row) => [row.name, row.last_at]));
    const identifiers = portrait.identifiers.map((row) => ({
      ...row,
      lastAt: lastOf.get(row.name) ?? 0,
    }));
    return { ...portrait, identifiers };
  }

  async totals(transaction: Transaction, profileKey: number): Promise<FilingTotals> {
    const sql = `
      SELECT min(first_at) AS first_at, max(last_at) AS last_at, coalesce(sum(count), 0)::bigint AS count
      FROM filing WHERE profile_key = $1`;
    const [row] = await transaction.query<{
      first_at: number | null;
      last_at: number | null;
      count: number;
    }>(sql, [profileKey]);
    return { firstAt: row?.first_at ?? null, lastAt: row?.last_at ?? null, count: row?.count ?? 0 };
  }

  async shared(transaction: Transaction, profileId: string): Promise<SeenPortrait['identifiers']> {
    const rows = await transaction.query<IdentifierRecord & { last_at: number | null }>(SHARED, [
      profileId,
    ]);
    return rows.map((row) => ({ ...identifierIn(row), lastAt: row.last_at ?? 0 }));
  }

  async links(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<LinkRow[]> {
    const sql = `
      SELECT * FROM (
        SELECT * FROM link WHERE a = ANY($1)
        UNION
        SELECT * FROM link WHERE b = ANY($1)
      ) AS l ORDER BY first_at, first_source, first_id, a, b LIMIT $2`;
    return linksIn(await transaction.query<LinkRecord>(sql, [names, limit]));
  }

  async identifiers(transaction: Transaction, names: readonly string[]): Promise<IdentifierRow[]> {
    const sql = 'SELECT * FROM identifier WHERE name = ANY($1)';
    return (await transaction.query<IdentifierRecord>(sql, [names])).map(identifierIn);
  }

  async decisions(
    transaction: Transaction,
    about: { readonly names: readonly string[]; readonly profileId: string },
  ): Promise<DecisionRow[]> {
    const sql = `
      SELECT * FROM decision WHERE subject = ANY($1) OR rivals @> ARRAY[$2]
      ORDER BY subject, code LIMIT 1000`;
    const rows = await transaction.query<DecisionRecord>(sql, [about.names, about.profileId]);
    return rows.map(decisionIn);
  }

  events(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<IdentityEvent[]> {
    return transaction.query<IdentityEvent>(EVENTS, [names, limit]);
  }

  async refusals(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<WinnerRow[]> {
    const sql = `
      SELECT w.* FROM filing f JOIN winner w ON w.filing = f.filing AND w.refused IS NOT NULL
      WHERE f.profile_key = $1 ORDER BY w.at, w.source, w.id LIMIT $2`;
    return (await transaction.query<WinnerRecord>(sql, [profileKey, limit])).map(winnerIn);
  }

  async conversations(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<FilingRow[]> {
    return (await transaction.query<FilingRecord>(CONVERSATIONS, [profileKey, limit])).map(
      filingIn,
    );
  }
}
