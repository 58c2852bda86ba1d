import { Injectable } from '@nestjs/common';
import type { Identifier } from '#contracts';
import type { Transaction } from '#storage';
import { TenantState } from '../../application/activating/ports.js';
import type { TenantRows, TenantSize } from '../../application/activating/ports.js';
import type { Refused } from '../../domain/identifier.js';
import type { StoredReading } from '../../domain/replay-needed.js';
import { callIn, decisionIn, filingIn, identifierIn, linksIn, profileIn } from './rows.js';
import type {
  CallRecord,
  DecisionRecord,
  FilingRecord,
  IdentifierRecord,
  LinkRecord,
  ProfileRecord,
} from './rows.js';

const SIZE = `
  SELECT (SELECT count(*) FROM filing WHERE tenant = $1) AS filings,
         (SELECT count(*) FROM identifier WHERE tenant = $1) AS identifiers,
         (SELECT count(*) FROM link WHERE tenant = $1) AS links`;

/** Of filings that hold interactions, or are evidence. */
const COUNTING = `
  SELECT i.type, i.value, sum(greatest(f.total, 1))::bigint AS interactions
  FROM filing f JOIN filing_identifier h ON h.filing = f.filing JOIN identifier i ON i.name = h.name
  WHERE f.tenant = $1 AND (f.total > 0 OR f.first_at IS NOT NULL)
  GROUP BY i.type, i.value`;

const REFUSED = `
  SELECT refused, count(*) AS interactions FROM winner
  WHERE tenant = $1 AND refused IS NOT NULL GROUP BY refused`;

const CONVERSATIONS = `
  SELECT w.source, count(*) AS interactions FROM winner w
  WHERE w.tenant = $1 AND left(w.filing, 2) = 'c:' GROUP BY w.source`;

@Injectable()
export class PostgresTenantState extends TenantState {
  async size(transaction: Transaction, tenant: string): Promise<TenantSize> {
    const [row] = await transaction.query<TenantSize>(SIZE, [tenant]);
    return row ?? { filings: 0, identifiers: 0, links: 0 };
  }

  async rows(transaction: Transaction, tenant: string): Promise<TenantRows> {
    const all = <Row extends object>(table: string): Promise<Row[]> =>
      transaction.query<Row>(`SELECT * FROM ${table} WHERE tenant = $1`, [tenant]);
    return {
      filings: (await all<FilingRecord>('filing')).map(filingIn),
      identifiers: (await all<IdentifierRecord>('identifier')).map(identifierIn),
      links: linksIn(await all<LinkRecord>('link')),
      profiles: (await all<ProfileRecord>('profile')).map(profileIn).filter((row) => !row.isGone),
      calls: (await all<CallRecord>('call')).map(callIn),
      decisions: (await all<DecisionRecord>('decision')).map(decisionIn),
    };
  }

  async reading(transaction: Transaction, tenant: string): Promise<StoredReading> {
    const rows = <Row extends object>(sql: string): Promise<Row[]> =>
      transaction.query<Row>(sql, [tenant]);
    const refused = await rows<{ refused: string; interactions: number }>(REFUSED);
    const spoken = await rows<{ source: string; interactions: number }>(CONVERSATIONS);
    return {
      counting: await rows<Identifier & { interactions: number }>(COUNTING),
      refused: refused.flatMap((row) =>
        (JSON.parse(row.refused) as Refused[]).map(({ type, value }) => ({
          type,
          value,
          interactions: row.interactions,
        })),
      ),
      conversations: new Map(spoken.map(({ source, interactions }) => [source, interactions])),
    };
  }
}
