/** Rows of the `identity` schema and the state that they hold. */
import type { Standing } from '#contracts';
import type { Evidence, Span } from '../../domain/evidence.js';
import type { Refused } from '../../domain/identifier.js';
import { pairKey } from '../../domain/links.js';
import type { SolveCode } from '../../domain/decision.js';
import type {
  FilingRow,
  IdentifierRow,
  LinkRow,
  ProfileRow,
  Surroundings,
  TraitRow,
  TypeCounts,
  WinnerRow,
} from '../../domain/state.js';
import type { DecisionRow, StoredCall } from '../../application/ports.js';

export interface FirstColumns {
  readonly first_at: number | null;
  readonly first_source: string | null;
  readonly first_id: string | null;
}

export interface SpanColumns extends FirstColumns {
  readonly last_at: number | null;
  readonly last_source: string | null;
  readonly last_id: string | null;
}

export interface WinnerRecord {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly version: number;
  readonly at: number;
  readonly content_hash: string;
  readonly filing: string;
  readonly is_withdrawn: boolean;
  readonly received_at: number;
  readonly counter: number;
  readonly refused: string | null;
}

export interface FilingRecord extends SpanColumns {
  readonly tenant: string;
  readonly filing: string;
  readonly unit: string;
  readonly names: string[];
  readonly count: number;
  readonly total: number;
  readonly owner: string | null;
  readonly anchor: string;
  readonly has_traits: boolean;
  readonly profile_key: number;
  readonly counter: number;
}

export interface IdentifierRecord extends FirstColumns {
  readonly tenant: string;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly hub_links: number;
  readonly standing: Standing | null;
  readonly is_cut: boolean;
  readonly profile_key: number | null;
  readonly filings: number;
}

export interface LinkRecord extends SpanColumns {
  readonly tenant: string;
  readonly a: string;
  readonly b: string;
}

export interface CallRecord {
  readonly call_id: string;
  readonly tenant: string;
  readonly kind: StoredCall['kind'];
  readonly a: string;
  readonly b: string;
  readonly at: number;
  readonly source: string | null;
  readonly id: string | null;
}

export interface ProfileRecord {
  readonly profile_key: number;
  readonly tenant: string;
  readonly profile_id: string;
  readonly bare_unit: string | null;
  readonly counter: number;
  readonly is_gone: boolean;
  /** JSON text. */
  readonly counts: string;
  readonly surroundings: Surroundings;
  readonly filings: number;
}

export interface DecisionRecord extends FirstColumns {
  readonly tenant: string;
  readonly subject: string;
  readonly code: SolveCode;
  readonly rivals: string[];
}

export type TraitRecord = TraitRow;

export function evidenceIn(row: FirstColumns): Evidence | null {
  if (row.first_at === null) return null;
  return { at: row.first_at, source: row.first_source ?? '', id: row.first_id ?? '' };
}

export function spanIn(row: SpanColumns): Span | null {
  const first = evidenceIn(row);
  if (!first || row.last_at === null) return null;
  return { first, last: { at: row.last_at, source: row.last_source ?? '', id: row.last_id ?? '' } };
}

export function winnerIn(row: WinnerRecord): WinnerRow {
  const { tenant, source, id, version, at, filing } = row;
  return {
    tenant,
    source,
    id,
    version,
    at,
    filing,
    contentHash: row.content_hash,
    isWithdrawn: row.is_withdrawn,
    receivedAt: row.received_at,
    contentCounter: row.counter,
    refused: row.refused === null ? [] : (JSON.parse(row.refused) as Refused[]),
  };
}

export function filingIn(row: FilingRecord): FilingRow {
  const { tenant, filing, unit, names, count, total, owner, anchor, counter } = row;
  const span = spanIn(row);
  return {
    tenant,
    filing,
    unit,
    names,
    span,
    count,
    total,
    owner,
    anchor,
    hasTraits: row.has_traits,
    profileKey: row.profile_key,
    counter,
  };
}

export function identifierIn(row: IdentifierRecord): IdentifierRow {
  const { tenant, name, type, value, standing, filings } = row;
  return {
    tenant,
    name,
    type,
    value,
    first: evidenceIn(row),
    hubLinks: row.hub_links,
    standing,
    isCut: row.is_cut,
    profileKey: row.profile_key,
    filings,
  };
}

export function linksIn(rows: readonly LinkRecord[]): LinkRow[] {
  return rows.flatMap((row) => {
    const span = spanIn(row);
    return span ? [{ tenant: row.tenant, pair: pairKey(row.a, row.b), span }] : [];
  });
}

export function callIn({ call_id: callId, ...call }: CallRecord): StoredCall {
  return { callId, ...call };
}

export function profileIn(row: ProfileRecord): ProfileRow {
  const { tenant, counter, surroundings, filings } = row;
  return {
    tenant,
    profileKey: row.profile_key,
    profileId: row.profile_id,
    bareUnit: row.bare_unit,
    counter,
    isGone: row.is_gone,
    counts: JSON.parse(row.counts) as TypeCounts,
    surroundings,
    filings,
  };
}

export function decisionIn(row: DecisionRecord): DecisionRow {
  const { tenant, subject, code, rivals } = row;
  return { tenant, subject, code, rivals, evidence: evidenceIn(row) };
}

/** Columns of rows: one array a column, for `unnest`. */
export function columns<Row>(
  rows: readonly Row[],
  ...readers: readonly ((row: Row) => unknown)[]
): unknown[][] {
  return readers.map((read) => rows.map(read));
}
