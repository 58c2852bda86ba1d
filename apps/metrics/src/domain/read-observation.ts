/**
 * From a record of the log to an observation. Of `interaction.identified` only headers are read, never the body; a fact is
 * its JSON, and a tombstone its key and headers. Anything unexpected is a named problem of that record alone: a wrong fact
 * must neither stop its neighbours nor enter a sum.
 */
import { FACT_KINDS, FACT_TOPIC, HEADER, parseInstant, splitRecordKey, TOPIC } from '#contracts';
import type { Cause, Fact, FactKind } from '#contracts';
import { err, ok, stableHash } from '#kernel';
import type { Result } from '#kernel';
import type { Reason } from './cause.js';
import type { FactObservation, InteractionObservation, Observation } from './observation.js';

/** The part of a log record that is read here. */
export interface IncomingRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: { toString(encoding: 'utf8'): string } | null;
}

export interface ReadProblem {
  readonly code: string;
  readonly detail: string;
}

const kindOfTopic = new Map<string, FactKind>(FACT_KINDS.map((kind) => [FACT_TOPIC[kind], kind]));

/** That an interaction is read with ghosts, and filed elsewhere, changes nothing that is measured of it. */
export function isMeasured({ headers }: Pick<IncomingRecord, 'headers'>): boolean {
  return headers[HEADER.refiled] === undefined;
}

export function readObservation(record: IncomingRecord): Result<Observation, ReadProblem> {
  try {
    if (record.topic === TOPIC.interactionIdentified.name) return ok(readInteraction(record));
    const kind = kindOfTopic.get(record.topic);
    if (kind === undefined) throw new Unreadable(`nothing is measured on ${record.topic}`);
    return ok(
      record.value === null ? readTombstone(kind, record) : readFact(kind, record, record.value),
    );
  } catch (error) {
    const detail = error instanceof Unreadable ? error.message : 'the record is not valid JSON';
    return err({ code: 'invalid-value', detail });
  }
}

class Unreadable extends Error {}

function readInteraction({ headers, value }: IncomingRecord): InteractionObservation {
  const tenant = header(headers, HEADER.tenant);
  const source = header(headers, HEADER.interactionSource);
  const id = header(headers, HEADER.interactionId);
  const key = stableHash(tenant, source, id);
  const revision = integer(Number(header(headers, HEADER.contentRevision)), HEADER.contentRevision);
  if (value === null) return { ...ERASED, tenant, key, revision, reason: reasonOf(headers) };
  return {
    tenant,
    kind: 'interaction',
    key,
    revision,
    isGone: headers[HEADER.withdrawn] === '1',
    atMs: instant(header(headers, HEADER.occurredAt)),
    dims: { ...texts(JSON.parse(header(headers, HEADER.dims)), 'dims'), source },
    measures: {},
    isProvisional: false,
    reason: { cause: interactionCause(headers), ref: `${source}/${id}` },
    origin: { source, id },
  };
}

/** Nothing but the key and the revision is left of it: so no older version can come back. */
const ERASED = {
  kind: 'interaction',
  isGone: true,
  atMs: 0,
  dims: {},
  measures: {},
  isProvisional: false,
  origin: { source: '', id: '' },
} as const;

/** Of an interaction nobody says why it came again; its headers do. */
function interactionCause(headers: Readonly<Record<string, string>>): Cause {
  if (headers[HEADER.withdrawn] === '1') return 'withdrawal';
  return headers[HEADER.previousOccurredAt] === undefined ? 'new' : 'update';
}

function reasonOf(headers: Readonly<Record<string, string>>): Reason {
  return { cause: headers[HEADER.cause] ?? 'new', ref: headers[HEADER.causeRef] ?? '' };
}

function readTombstone(kind: FactKind, { key, headers }: IncomingRecord): FactObservation {
  const [tenant, id] = splitRecordKey(key);
  if (tenant === undefined || id === undefined) throw new Unreadable('the key names no fact');
  return {
    tenant,
    kind,
    key: id,
    revision: integer(Number(header(headers, HEADER.revision)), HEADER.revision),
    isGone: true,
    atMs: 0,
    dims: {},
    measures: {},
    isProvisional: false,
    reason: reasonOf(headers),
    origin: { profileId: '', fromMs: 0, toMs: 0, interactions: '{"count":0,"first":[],"last":[]}' },
  };
}

function readFact(
  kind: FactKind,
  { headers }: IncomingRecord,
  value: NonNullable<IncomingRecord['value']>,
): FactObservation {
  const fact = JSON.parse(value.toString('utf8')) as Partial<Fact> | null;
  if (fact === null || typeof fact !== 'object') throw new Unreadable('the fact is not an object');
  if (fact.kind !== kind) throw new Unreadable(`the fact is no ${kind}`);
  return {
    tenant: text(fact.tenant, 'tenant'),
    kind,
    key: text(fact.id, 'id'),
    revision: integer(fact.revision, 'revision'),
    isGone: false,
    atMs: instant(fact.at),
    dims: texts(fact.dims, 'dims'),
    measures: integers(fact.measures),
    isProvisional: fact.status === 'provisional',
    reason: reasonOf(headers),
    origin: {
      profileId: text(fact.profileId ?? '', 'profileId'),
      fromMs: instant(fact.from),
      toMs: instant(fact.to),
      interactions: JSON.stringify(fact.interactions ?? { count: 0, first: [], last: [] }),
    },
  };
}

function header(headers: Readonly<Record<string, string>>, name: string): string {
  return text(headers[name], name);
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Unreadable(`${name} is missing`);
  return value;
}

function integer(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new Unreadable(`${name} is not a safe integer`);
  }
  return value;
}

function instant(value: unknown): number {
  const atMs = typeof value === 'string' ? parseInstant(value) : undefined;
  if (atMs === undefined) throw new Unreadable('an instant is not RFC 3339');
  return atMs;
}

function texts(value: unknown, name: string): Record<string, string> {
  if (typeof value !== 'object' || value === null) throw new Unreadable(`${name} is no object`);
  for (const member of Object.values(value)) text(member, name);
  return value as Record<string, string>;
}

function integers(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) throw new Unreadable('measures is no object');
  for (const [name, member] of Object.entries(value)) integer(member, `measures.${name}`);
  return value as Record<string, number>;
}
