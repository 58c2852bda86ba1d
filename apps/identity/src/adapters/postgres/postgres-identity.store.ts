import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { interactionKey } from '../../domain/fold-arrivals.js';
import { splitPair } from '../../domain/links.js';
import type { IdentityRules } from '../../domain/rules.js';
import type {
  FilingRow,
  IdentifierRow,
  LinkRow,
  ProfileRow,
  WinnerRow,
} from '../../domain/state.js';
import { IdentityStore } from '../../application/ports.js';
import type {
  Filed,
  FilingSpan,
  IntakeChanges,
  InteractionName,
  Neighbourhood,
  Portrait,
  Sitting,
  StoredCall,
  StructureChanges,
  TakenBack,
} from '../../application/ports.js';
import { readPortraits } from './portrait-sql.js';
import {
  callIn,
  columns,
  filingIn,
  identifierIn,
  linksIn,
  profileIn,
  spanIn,
  winnerIn,
} from './rows.js';
import type {
  CallRecord,
  FilingRecord,
  IdentifierRecord,
  LinkRecord,
  ProfileRecord,
  SpanColumns,
  WinnerRecord,
} from './rows.js';
import { writeCounts } from './write-filings-sql.js';
import { writeIntake, writeStructure } from './write-sql.js';

const LOCK = `
  SELECT pg_advisory_xact_lock(hashtextextended('identity ' || tenant, 0))
  FROM (SELECT unnest($1::text[]) AS tenant ORDER BY 1) AS tenants`;

const RULES = `
  SELECT DISTINCT ON (tenant) tenant, body FROM rules
  WHERE tenant = ANY($1) ORDER BY tenant, version DESC`;

const WINNERS = `
  SELECT w.* FROM unnest($1::text[], $2::text[], $3::text[]) AS n (tenant, source, id)
  JOIN winner w ON w.tenant = n.tenant AND w.source = n.source AND w.id = n.id`;

/** Earliest and latest of the interactions that count, as the one order says. */
const SPANS = `
  SELECT f.filing, a.at AS first_at, a.source AS first_source, a.id AS first_id,
         z.at AS last_at, z.source AS last_source, z.id AS last_id
  FROM unnest($1::text[]) AS f (filing)
  CROSS JOIN LATERAL (
    SELECT at, source, id FROM winner w WHERE w.filing = f.filing AND NOT is_withdrawn
    ORDER BY at, source, id LIMIT 1) AS a
  CROSS JOIN LATERAL (
    SELECT at, source, id FROM winner w WHERE w.filing = f.filing AND NOT is_withdrawn
    ORDER BY at DESC, source DESC, id DESC LIMIT 1) AS z`;

const LINKS_OF = `
  SELECT * FROM link WHERE a = ANY($1)
  UNION ALL
  SELECT * FROM link WHERE b = ANY($1) AND a <> ALL($1)`;

const CALLS_OF = `
  SELECT * FROM call WHERE a = ANY($1)
  UNION ALL
  SELECT * FROM call WHERE b = ANY($1) AND a <> ALL($1)`;

const HOLDING = `
  SELECT f.* FROM filing f
  WHERE f.filing IN (SELECT filing FROM filing_identifier WHERE name = ANY($1))`;

const FILED = `
  SELECT f.*, p.profile_id, p.bare_unit, p.counter AS profile_counter, p.is_gone, p.counts,
         p.surroundings, p.filings
  FROM filing f LEFT JOIN profile p ON p.profile_key = f.profile_key
  WHERE f.filing = ANY($1)`;

/** Null: nothing is filed there. */
type FiledUnder = {
  readonly [Column in Exclude<keyof ProfileRecord, 'tenant' | 'profile_key' | 'counter'>]:
    ProfileRecord[Column] | null;
} & { readonly profile_counter: number | null };

@Injectable()
export class PostgresIdentityStore extends IdentityStore {
  async lock(transaction: Transaction, tenants: readonly string[]): Promise<void> {
    await transaction.query(LOCK, [tenants]);
  }

  async rules(
    transaction: Transaction,
    tenants: readonly string[],
  ): Promise<Map<string, IdentityRules>> {
    const rows = await transaction.query<{ tenant: string; body: string }>(RULES, [tenants]);
    return new Map(rows.map((row) => [row.tenant, JSON.parse(row.body) as IdentityRules]));
  }

  async winners(transaction: Transaction, names: readonly InteractionName[]): Promise<WinnerRow[]> {
    const distinct = [...new Map(names.map((name) => [interactionKey(name), name])).values()];
    const parameters = columns(
      distinct,
      (n) => n.tenant,
      (n) => n.source,
      (n) => n.id,
    );
    return (await transaction.query<WinnerRecord>(WINNERS, parameters)).map(winnerIn);
  }

  async filings(transaction: Transaction, names: readonly string[]): Promise<Filed> {
    const rows = await transaction.query<FilingRecord & FiledUnder>(FILED, [names]);
    const profiles = new Map<number, ProfileRow>();
    for (const row of rows) {
      if (row.profile_id === null || profiles.has(row.profile_key)) continue;
      const profile = { ...row, counter: row.profile_counter } as ProfileRecord;
      profiles.set(row.profile_key, profileIn(profile));
    }
    return { filings: rows.map(filingIn), profiles: [...profiles.values()] };
  }

  filingsOfUnits(transaction: Transaction, units: readonly string[]): Promise<FilingRow[]> {
    const sql = `SELECT * FROM filing WHERE unit = ANY($1) AND left(filing, 2) IN ('c:', 'e:')`;
    return readFilings(transaction, sql, units);
  }

  filingsHolding(transaction: Transaction, names: readonly string[]): Promise<FilingRow[]> {
    return readFilings(transaction, HOLDING, names);
  }

  filingsOwnedBy(transaction: Transaction, names: readonly string[]): Promise<FilingRow[]> {
    return readFilings(transaction, 'SELECT * FROM filing WHERE owner = ANY($1)', names);
  }

  async spans(transaction: Transaction, filings: readonly string[]): Promise<FilingSpan[]> {
    const rows = await transaction.query<SpanColumns & { filing: string }>(SPANS, [filings]);
    return rows.flatMap((row) => {
      const span = spanIn(row);
      return span ? [{ filing: row.filing, span }] : [];
    });
  }

  async identifiers(transaction: Transaction, names: readonly string[]): Promise<IdentifierRow[]> {
    const sql = 'SELECT * FROM identifier WHERE name = ANY($1)';
    return (await transaction.query<IdentifierRecord>(sql, [names])).map(identifierIn);
  }

  async identifiersHeldBy(
    transaction: Transaction,
    profileKeys: readonly number[],
  ): Promise<IdentifierRow[]> {
    const sql = 'SELECT * FROM identifier WHERE profile_key = ANY($1)';
    return (await transaction.query<IdentifierRecord>(sql, [profileKeys])).map(identifierIn);
  }

  async callsAbout(transaction: Transaction, names: readonly string[]): Promise<StoredCall[]> {
    return (await transaction.query<CallRecord>(CALLS_OF, [names])).map(callIn);
  }

  async links(transaction: Transaction, pairs: readonly string[]): Promise<LinkRow[]> {
    const sql = `
      SELECT l.* FROM unnest($1::text[], $2::text[]) AS p (a, b)
      JOIN link l ON l.a = p.a AND l.b = p.b`;
    const ends = pairs.map(splitPair);
    const parameters = columns(
      ends,
      ([a]) => a,
      ([, b]) => b,
    );
    return linksIn(await transaction.query<LinkRecord>(sql, parameters));
  }

  async neighbourhood(transaction: Transaction, names: readonly string[]): Promise<Neighbourhood> {
    const links = linksIn(await transaction.query<LinkRecord>(LINKS_OF, [names]));
    const calls = await this.callsAbout(transaction, names);
    const ends = new Set(names);
    for (const link of links) for (const name of splitPair(link.pair)) ends.add(name);
    for (const call of calls) ends.add(call.a).add(call.b);
    return { links, calls, identifiers: await this.identifiers(transaction, [...ends]) };
  }

  async profiles(transaction: Transaction, keys: readonly number[]): Promise<ProfileRow[]> {
    const sql = 'SELECT * FROM profile WHERE profile_key = ANY($1)';
    return (await transaction.query<ProfileRecord>(sql, [keys])).map(profileIn);
  }

  async profilesById(transaction: Transaction, ids: readonly string[]): Promise<ProfileRow[]> {
    const sql = 'SELECT * FROM profile WHERE profile_id = ANY($1)';
    return (await transaction.query<ProfileRecord>(sql, [ids])).map(profileIn);
  }

  async newProfileKeys(transaction: Transaction, count: number): Promise<number[]> {
    const sql = `SELECT nextval('profile_key') AS key FROM generate_series(1, $1)`;
    return (await transaction.query<{ key: number }>(sql, [count])).map((row) => row.key);
  }

  async claimants(transaction: Transaction, filings: readonly string[]): Promise<number[]> {
    const sql = `
      SELECT DISTINCT p.profile_key AS key
      FROM filing f JOIN decision d ON d.subject = f.owner AND d.code = 'shared-identifier'
      JOIN profile p ON p.profile_id = ANY(d.rivals) AND NOT p.is_gone
      WHERE f.filing = ANY($1)`;
    return (await transaction.query<{ key: number }>(sql, [filings])).map((row) => row.key);
  }

  writeIntake(transaction: Transaction, changes: IntakeChanges): Promise<TakenBack> {
    return writeIntake(transaction, changes);
  }

  countFilings(transaction: Transaction, filings: readonly FilingRow[]): Promise<void> {
    return writeCounts(transaction, filings);
  }

  writeStructure(transaction: Transaction, changes: StructureChanges): Promise<void> {
    return writeStructure(transaction, changes);
  }

  portraits(transaction: Transaction, sittings: readonly Sitting[]): Promise<Portrait[]> {
    return readPortraits(transaction, sittings);
  }
}

async function readFilings(
  transaction: Transaction,
  sql: string,
  keys: readonly string[],
): Promise<FilingRow[]> {
  return (await transaction.query<FilingRecord>(sql, [keys])).map(filingIn);
}
