import {
  FACT_DIMENSIONS,
  formatInstant,
  type Fact,
  type FactDimension,
  type FactDims,
  type FactKind,
  type Interaction,
  type TenantSettings,
} from '#contracts';
import { stableHash } from '#kernel';
import type { Seen } from '../seen.js';

/** A fact without what the canonical dump leaves out. */
export type FactRow = Omit<Fact, 'revision' | 'tenant'>;

/** An interaction that counts, and whose it is. */
export interface Entry extends Seen {
  readonly profileId: string;
}

export interface Ground {
  readonly tenant: string;
  /** ms */
  readonly watermark: number;
  readonly settings: Pick<TenantSettings, 'issueWindowDays' | 'sessionInactivityMs'>;
  /** All that count, in the one order. */
  readonly entries: readonly Entry[];
}

const REFERENCES = 50;

export interface Draft {
  readonly kind: FactKind;
  readonly id: string;
  /** Whose it is. */
  readonly owner: Entry;
  readonly entries: readonly Entry[];
  /** ms */
  readonly at: number;
  readonly dims: FactDims;
  readonly measures: Readonly<Record<string, number | undefined>>;
  /** ms; undefined = nothing is waited for. */
  readonly finalAt?: number;
}

export function factOf(draft: Draft, watermark: number): FactRow {
  const { kind, id, owner, entries, at, dims, measures, finalAt } = draft;
  const times = entries.map((entry) => entry.at);
  const references = entries.map(({ interaction: { source, id } }) => ({ source, id }));
  return {
    kind,
    id,
    profileId: owner.profileId,
    from: formatInstant(Math.min(...times)),
    to: formatInstant(Math.max(...times)),
    at: formatInstant(at),
    dims,
    measures: Object.fromEntries(
      Object.entries(measures).filter((each): each is [string, number] => each[1] !== undefined),
    ),
    interactions: {
      count: references.length,
      first: references.slice(0, REFERENCES),
      last: references.slice(REFERENCES).slice(-REFERENCES),
    },
    status: finalAt === undefined || finalAt <= watermark ? 'final' : 'provisional',
    ...(finalAt === undefined ? {} : { finalAt: formatInstant(finalAt) }),
  };
}

/** Each dimension from the first interaction that has it. */
export function dimsOf(interactions: readonly Interaction[]): FactDims {
  const dims: Partial<Record<FactDimension, string>> = {};
  for (const name of FACT_DIMENSIONS) {
    if (name === 'segment' || name === 'currency') continue;
    const value = interactions.map((each) => each[name]).find((each) => isThere(each));
    if (value !== undefined) dims[name] = value;
  }
  return dims;
}

const isThere = (value: string | undefined): boolean => value !== undefined && value !== '';

/** Only the dimensions that are there. */
export function withDims(
  dims: Readonly<Partial<Record<FactDimension, string | undefined>>>,
): FactDims {
  return Object.fromEntries(Object.entries(dims).filter(([, value]) => isThere(value)));
}

/** Entries by the key of the fact that they count in, each group in the one order. */
export function groupsBy(
  entries: readonly Entry[],
  keyOf: (interaction: Interaction) => readonly (string | number)[] | undefined,
): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = keyOf(entry.interaction);
    if (key === undefined) continue;
    const id = stableHash(...key);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** What a source sends as a count or a span of ms: rounded, never negative. */
export function countIn(value: unknown): number | undefined {
  const isText = typeof value === 'string' && /^[0-9]{1,15}(\.[0-9]+)?$/.test(value);
  const number = isText ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0)) return undefined;
  const whole = Math.round(number);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/** What a source sends as a name. */
export function nameIn(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
