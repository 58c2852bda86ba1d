import { HEADER, parseInstant, recordKey, TOPIC } from '#contracts';
import type { ErasureDone, ErasureRequested } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { invariant, stableHash } from '#kernel';
import type { DeadLetter } from '#storage';

export const ERASURE_TOPICS: readonly string[] = [
  TOPIC.erasureRequested.name,
  TOPIC.erasureDone.name,
];

export interface ErasureNews {
  readonly requested: readonly ErasureRequested[];
  readonly done: readonly ErasureDone[];
  readonly deadLetters: readonly DeadLetter[];
}

export function readErasures(records: readonly LogRecord[]): ErasureNews {
  const requested: ErasureRequested[] = [];
  const done: ErasureDone[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const record of records) {
    try {
      // What is known for ever has no tombstone.
      if (record.value === null) continue;
      if (record.topic === TOPIC.erasureRequested.name) requested.push(requestIn(record.value));
      else done.push(doneIn(record.value));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      deadLetters.push({ record, code: 'undecodable', detail });
    }
  }
  return { requested, done, deadLetters };
}

function requestIn(value: Buffer): ErasureRequested {
  const request = JSON.parse(value.toString('utf8')) as ErasureRequested;
  const { tenant, erasureId, at, part, interactions, identifiers } = request;
  invariant(
    typeof tenant === 'string' && typeof erasureId === 'string' && Number.isSafeInteger(part),
    'a request names its erasure and its part',
  );
  invariant(typeof at === 'string' && parseInstant(at) !== undefined, 'a request has an instant');
  invariant(
    Array.isArray(interactions) && interactions.every(isName),
    'interactions are keyed names',
  );
  invariant(
    Array.isArray(identifiers) &&
      identifiers.every(({ type, name }) => typeof type === 'string' && isName(name)),
    'identifiers are types and keyed names',
  );
  return request;
}

const isName = (name: unknown): boolean => typeof name === 'string' && /^[0-9a-f]{32}$/.test(name);

function doneIn(value: Buffer): ErasureDone {
  const done = JSON.parse(value.toString('utf8')) as ErasureDone;
  const { tenant, erasureId, part, service, stores } = done;
  invariant(
    typeof tenant === 'string' && typeof erasureId === 'string' && Number.isSafeInteger(part),
    'what is done names its erasure and its part',
  );
  invariant(
    typeof service === 'string' && typeof stores === 'object' && stores !== null,
    'what is done names its service and its stores',
  );
  return done;
}

export function doneRecord(done: ErasureDone): OutgoingRecord {
  const { tenant, erasureId, part, service, at } = done;
  const topic = TOPIC.erasureDone.name;
  const key = recordKey(tenant, erasureId, part, service);
  return {
    topic,
    key,
    headers: {
      [HEADER.id]: stableHash(topic, key),
      [HEADER.specVersion]: '1.0',
      [HEADER.type]: topic,
      [HEADER.source]: `touchline/${service}`,
      [HEADER.time]: at,
      [HEADER.tenant]: tenant,
      [HEADER.cause]: 'erasure',
      [HEADER.causeRef]: erasureId,
    },
    value: Buffer.from(JSON.stringify(done)),
  };
}
