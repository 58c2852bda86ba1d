/**
 * Minimal builders: a test names only what it asserts on. Records look as their producer makes them (ingestion for accepted,
 * identity for identified, journey for facts); the real producers are tested in their services.
 */
import {
  acceptedRecord as prepareAccepted,
  FACT_TOPIC,
  HEADER,
  recordKey,
  TOPIC,
} from '#contracts';
import type { Fact, Interaction } from '#contracts';
import type { LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { stableHash } from '#kernel';

export function interaction(overrides: Partial<Interaction> = {}): Interaction {
  return {
    tenant: 'default',
    source: 'webshop',
    id: 'i-1',
    type: 'page.viewed',
    channel: 'web',
    occurredAt: '2026-05-01T10:00:00.000Z',
    receivedAt: '2026-05-01T10:00:01.000Z',
    identifiers: [{ type: 'email', value: 'jane@example.com' }],
    data: {},
    version: 0,
    ...overrides,
  };
}

/** As ingestion appends it. */
export function acceptedRecord(from: Interaction, at: Partial<LogRecord> = {}): LogRecord {
  const { text, ...record } = prepareAccepted(from);
  return placed({ ...record, value: Buffer.from(text) }, at);
}

export interface Filed {
  readonly profileKey?: number;
  readonly profileId?: string;
  readonly filing?: string;
  readonly filingRevision?: number;
  readonly contentRevision?: number;
  readonly previousOccurredAt?: string;
}

/** As identity passes it on. The first identifier is the anchor. */
export function identifiedRecord(
  from: Interaction,
  filed: Filed = {},
  at: Partial<LogRecord> = {},
): LogRecord {
  const { profileKey = 1, filingRevision = 1, contentRevision = 1 } = filed;
  const accepted = acceptedRecord(from);
  const topic = TOPIC.interactionIdentified.name;
  const [first] = from.identifiers;
  const anchor = first ? `${first.type}:${first.value}` : '';
  return placed(
    {
      topic,
      key: recordKey(from.tenant, profileKey),
      headers: {
        ...accepted.headers,
        ...envelope(topic, from.tenant, stableHash(topic, from.source, from.id, contentRevision)),
        [HEADER.revision]: String(contentRevision),
        [HEADER.filing]: filed.filing ?? filingOf(from),
        [HEADER.anchor]: anchor,
        [HEADER.profileKey]: String(profileKey),
        [HEADER.profileId]: filed.profileId ?? stableHash('profile', profileKey),
        [HEADER.filingRevision]: String(filingRevision),
        [HEADER.contentRevision]: String(contentRevision),
        ...(filed.previousOccurredAt !== undefined && {
          [HEADER.previousOccurredAt]: filed.previousOccurredAt,
        }),
      },
      value: accepted.value,
    },
    at,
  );
}

/** As journey publishes it; `null` for a fact that is gone. */
export function factRecord(fact: Fact, at: Partial<LogRecord> = {}): LogRecord {
  const topic = FACT_TOPIC[fact.kind];
  const key = recordKey(fact.tenant, fact.id);
  return placed(
    {
      topic,
      key,
      headers: {
        ...envelope(topic, fact.tenant, stableHash(topic, key, fact.revision)),
        [HEADER.time]: fact.at,
        [HEADER.revision]: String(fact.revision),
        [HEADER.cause]: 'new',
        [HEADER.causeRef]: '',
      },
      value: Buffer.from(JSON.stringify(fact)),
    },
    at,
  );
}

/** Numbers the records of each partition in their order, from offset `from` on. */
export function logRecordsToBatch(
  records: readonly LogRecord[],
  { group = 'test', incarnation = 'log-1', from = 0 } = {},
): RecordBatch {
  const nextOf = new Map<string, number>();
  const numbered = records.map((record) => {
    const place = `${record.topic}/${record.partition}`;
    const offset = nextOf.get(place) ?? from;
    nextOf.set(place, offset + 1);
    return { ...record, offset };
  });
  return { group, incarnation, records: numbered };
}

function placed(record: OutgoingRecord, at: Partial<LogRecord>): LogRecord {
  return { ...record, partition: 0, offset: 0, appendedAt: 1_777_629_601_000, ...at };
}

function envelope(topic: string, tenant: string, id: string): Record<string, string> {
  return {
    [HEADER.id]: id,
    [HEADER.specVersion]: '1.0',
    [HEADER.type]: topic,
    [HEADER.source]: 'touchline/testing',
    [HEADER.tenant]: tenant,
  };
}

/** The rule of identity: a conversation, else the set of identifiers, else the interaction itself. */
function filingOf({ tenant, source, id, conversation, identifiers }: Interaction): string {
  if (conversation !== undefined) return `c:${stableHash(tenant, source, conversation)}`;
  if (identifiers.length === 0) return `i:${stableHash(tenant, source, id)}`;
  const names = identifiers.map(({ type, value }) => [type, value]).sort();
  return `s:${stableHash(tenant, ...names.flat())}`;
}
