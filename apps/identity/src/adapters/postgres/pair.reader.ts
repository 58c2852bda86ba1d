import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { PairReader } from '../../application/explaining/ports.js';
import type { PairOfKeys, TypeCount } from '../../application/explaining/ports.js';
import type { KnownCall, KnownIdentifier } from '../../domain/explaining/situation.js';
import type { FilingRow, LinkRow } from '../../domain/state.js';
import { filingIn, linksIn } from './rows.js';
import type { CallRecord, FilingRecord, LinkRecord } from './rows.js';

const KNOWN = `
  SELECT i.name, i.type, i.value, i.standing, p.profile_id AS "profileId"
  FROM identifier i JOIN profile p ON p.profile_key = i.profile_key
  WHERE i.name = ANY($1) AND i.first_at IS NOT NULL`;

const WITHIN = `
  SELECT l.* FROM identifier x
  JOIN link l ON l.a = x.name
  JOIN identifier y ON y.name = l.b AND y.profile_key = x.profile_key
  WHERE x.profile_key = $1
  ORDER BY l.first_at, l.first_source, l.first_id, l.a, l.b LIMIT $2`;

/** `met`: each link of the two profiles as (own profile, other end); a bridge is an end that both of them meet. */
const BETWEEN = `
  WITH met AS (
    SELECT x.profile_key AS own, l.b AS other, l.* FROM identifier x
    JOIN link l ON l.a = x.name WHERE x.profile_key = ANY($1)
    UNION ALL
    SELECT x.profile_key, l.a, l.* FROM identifier x
    JOIN link l ON l.b = x.name WHERE x.profile_key = ANY($1)
  ), outside AS (
    SELECT m.*, o.profile_key AS theirs FROM met m JOIN identifier o ON o.name = m.other
    WHERE o.profile_key <> m.own
  ), bridge AS (
    SELECT other FROM outside GROUP BY other HAVING count(DISTINCT own) > 1
  )
  SELECT DISTINCT a, b, tenant, first_at, first_source, first_id, last_at, last_source, last_id
  FROM outside WHERE theirs = ANY($1) OR other IN (SELECT other FROM bridge)
  ORDER BY first_at, first_source, first_id, a, b LIMIT $2`;

const CALLS = `
  WITH named AS (
    SELECT name FROM identifier WHERE profile_key = ANY($1)
    UNION SELECT unnest($2::text[])
  )
  SELECT c.*, e.actor, e.reason FROM call c
  LEFT JOIN LATERAL (
    SELECT actor, reason FROM call_entry
    WHERE call_id = c.call_id AND kind <> 'withdraw' ORDER BY sequence DESC LIMIT 1) AS e ON true
  WHERE c.call_id IN (
    SELECT call_id FROM call JOIN named ON named.name = call.a
    UNION SELECT call_id FROM call JOIN named ON named.name = call.b)
  ORDER BY c.at DESC, c.call_id LIMIT $3`;

const CONVERSATIONS = `
  SELECT f.* FROM filing f WHERE left(f.filing, 2) = 'c:' AND f.unit IN (
    SELECT h.unit FROM identifier i
    JOIN filing_identifier fi ON fi.name = i.name
    JOIN filing h ON h.filing = fi.filing AND left(h.filing, 2) = 'c:'
    WHERE i.profile_key = ANY($1)
    GROUP BY h.unit HAVING count(DISTINCT i.profile_key) > 1
    ORDER BY min(h.first_at), h.unit LIMIT $2)`;

const COUNTS = `
  SELECT p.profile_id AS "profileId", i.type, count(*) AS count
  FROM profile p JOIN identifier i ON i.profile_key = p.profile_key
  WHERE p.profile_id = ANY($1) AND NOT p.is_gone GROUP BY p.profile_id, i.type`;

interface StatedCallRecord extends CallRecord {
  readonly actor: string | null;
  readonly reason: string | null;
}

@Injectable()
export class PostgresPairReader extends PairReader {
  known(transaction: Transaction, names: readonly string[]): Promise<KnownIdentifier[]> {
    return transaction.query<KnownIdentifier>(KNOWN, [names]);
  }

  async keyOf(transaction: Transaction, profileId: string): Promise<number | undefined> {
    const sql = 'SELECT profile_key AS key FROM profile WHERE profile_id = $1 AND NOT is_gone';
    const [row] = await transaction.query<{ key: number }>(sql, [profileId]);
    return row?.key;
  }

  async linksWithin(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<LinkRow[]> {
    return linksIn(await transaction.query<LinkRecord>(WITHIN, [profileKey, limit]));
  }

  async linksBetween(
    transaction: Transaction,
    keys: PairOfKeys,
    limit: number,
  ): Promise<LinkRow[]> {
    return linksIn(await transaction.query<LinkRecord>(BETWEEN, [keys, limit]));
  }

  async calls(
    transaction: Transaction,
    about: { readonly keys: readonly number[]; readonly names: readonly string[] },
    limit: number,
  ): Promise<KnownCall[]> {
    const parameters = [about.keys, about.names, limit];
    return (await transaction.query<StatedCallRecord>(CALLS, parameters)).map(statedCallIn);
  }

  async conversations(
    transaction: Transaction,
    keys: PairOfKeys,
    limit: number,
  ): Promise<FilingRow[]> {
    const rows = await transaction.query<FilingRecord>(CONVERSATIONS, [keys, limit]);
    return rows.map(filingIn);
  }

  counts(transaction: Transaction, profileIds: readonly string[]): Promise<TypeCount[]> {
    return transaction.query<TypeCount>(COUNTS, [profileIds]);
  }
}

function statedCallIn({ call_id: callId, kind, a, b, at, ...row }: StatedCallRecord): KnownCall {
  const { actor, reason, source, id } = row;
  return {
    callId,
    kind,
    a,
    b,
    at,
    statement: actor === null ? null : { actor, reason: reason ?? '' },
    evidence: source === null ? null : { at, source, id: id ?? '' },
  };
}
