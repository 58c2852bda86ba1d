import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { EvidenceReader } from '../../application/trying/ports.js';
import type { TenantEvidence } from '../../application/trying/ports.js';
import type { Refused } from '../../domain/identifier.js';
import { callIn, filingIn } from './rows.js';
import type { CallRecord, FilingRecord } from './rows.js';

const IDENTIFIERS = `
  SELECT i.name, i.type, i.value, p.profile_id FROM identifier i
  LEFT JOIN profile p ON p.profile_key = i.profile_key AND i.first_at IS NOT NULL
  WHERE i.tenant = $1`;

const REFUSALS = `
  SELECT refused, count(*) AS count FROM winner
  WHERE tenant = $1 AND refused IS NOT NULL AND NOT is_withdrawn GROUP BY refused`;

interface HeldRecord {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly profile_id: string | null;
}

@Injectable()
export class PostgresEvidenceReader extends EvidenceReader {
  async ofTenant(transaction: Transaction, tenant: string, limit: number): Promise<TenantEvidence> {
    const filings = await transaction.query<FilingRecord>(
      'SELECT * FROM filing WHERE tenant = $1 LIMIT $2',
      [tenant, limit + 1],
    );
    const identifiers = await transaction.query<HeldRecord>(IDENTIFIERS, [tenant]);
    const calls = await transaction.query<CallRecord>('SELECT * FROM call WHERE tenant = $1', [
      tenant,
    ]);
    const refusals = await transaction.query<{ refused: string; count: number }>(REFUSALS, [
      tenant,
    ]);
    return {
      filings: filings.map(filingIn),
      members: new Map(identifiers.map(({ profile_id: _, ...member }) => [member.name, member])),
      profileOf: new Map(
        identifiers.flatMap(({ name, profile_id }) =>
          profile_id === null ? [] : [[name, profile_id]],
        ),
      ),
      calls: calls.map(callIn),
      refusals: refusals.flatMap(({ refused, count }) =>
        (JSON.parse(refused) as Refused[]).map(({ type, value }) => ({
          identifier: { type, value },
          interactions: count,
        })),
      ),
    };
  }
}
