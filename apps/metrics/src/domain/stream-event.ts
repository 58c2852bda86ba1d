/**
 * A record of the log as the stream shows it: what CloudEvents would say of it, and its value. Internal keys and ghosts stay inside: a
 * profile goes by a keyed name, which its tombstone has too. It leaves out whether somebody may see it.
 */
import { erasureOf, HEADER, splitRecordKey, STREAM_TYPES, TOPIC } from '#contracts';
import type { ProfileChanged } from '#contracts';
import { keyedHash } from '#kernel';
import type { IncomingRecord } from './read-observation.js';

/** The part of a log record that is shown. */
export interface StreamedRecord extends IncomingRecord {
  readonly partition: number;
  readonly offset: number;
  readonly appendedAt: number;
}

export interface StreamEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly tenant: string;
  /** What it is about, the same for as long as that lives, and on its tombstone. */
  readonly subject: string;
  /** Public id of the profile, where the record tells it. */
  readonly profileId?: string;
  readonly revision: number;
  readonly cause?: string;
  readonly causeref?: string;
  readonly time: string;
  /** The subject is no more; there is no payload. */
  readonly deleted?: true;
  /** Identifiers in it were erased; `withheld` of what is told from before. */
  readonly refiled?: true;
  readonly withheld?: true;
  /** JSON, on one line. */
  readonly payload: string;
}

/** An identifier's value that starts with a blank. */
const GHOST = /"value":" /u;
const LINE_BREAKS = /[\r\n]+/g;

/** Whose record it is, by header and key; a record on which they differ is nobody's. */
export function tenantOf({ key, headers }: StreamedRecord): string | undefined {
  const [owner] = splitRecordKey(key);
  const told = headers[HEADER.tenant];
  return told === owner ? owner : undefined;
}

/** Undefined: it cannot be read. `isWithheld`: everything but the value. */
export function streamEvent(
  record: StreamedRecord,
  { secret, isWithheld = false }: { readonly secret: string; readonly isWithheld?: boolean },
): StreamEvent | undefined {
  const { topic, headers, value } = record;
  const type = STREAM_TYPES.find((each) => each.topic === topic)?.name;
  const tenant = tenantOf(record);
  if (type === undefined || tenant === undefined) return undefined;
  const isRefiled = headers[HEADER.refiled] !== undefined;
  const isBare = value === null || isRefiled || isWithheld;
  const payload = isBare ? 'null' : payloadOf(topic, value.toString('utf8'));
  if (payload === undefined) return undefined;
  const profileId = headers[HEADER.profileId] ?? (isBare ? undefined : profileIdIn(payload));
  return {
    id: headers[HEADER.id] ?? `${topic}/${record.partition}/${record.offset}`,
    type,
    source: headers[HEADER.source] ?? 'touchline',
    tenant,
    subject: subjectOf(record, secret),
    ...(profileId !== undefined && { profileId }),
    revision: Number(headers[HEADER.revision] ?? 0),
    ...caused(headers),
    time: headers[HEADER.time] ?? new Date(record.appendedAt).toISOString(),
    ...(value === null && { deleted: true }),
    ...(isRefiled && { refiled: true }),
    ...(isWithheld && { withheld: true }),
    payload,
  };
}

/** The event as one line of JSON. */
export function eventJson({ payload, ...attributes }: StreamEvent): string {
  return `${JSON.stringify(attributes).slice(0, -1)},"payload":${payload}}`;
}

function caused(headers: StreamedRecord['headers']): Pick<StreamEvent, 'cause' | 'causeref'> {
  const cause = headers[HEADER.cause];
  const causeref = headers[HEADER.causeRef];
  return {
    ...(cause !== undefined && { cause }),
    ...(causeref !== undefined && causeref !== '' && { causeref }),
  };
}

function subjectOf({ topic, key, headers }: StreamedRecord, secret: string): string {
  const [tenant = '', ...parts] = splitRecordKey(key);
  if (topic === TOPIC.interactionIdentified.name)
    return `${headers[HEADER.interactionSource] ?? ''}/${headers[HEADER.interactionId] ?? ''}`;
  if (topic === TOPIC.profileChanged.name)
    return keyedHash(secret, 'stream subject', tenant, ...parts);
  return parts.join('/');
}

/** The bytes as they came, but for what is internal: parsing would round what JavaScript cannot hold. */
function payloadOf(topic: string, text: string): string | undefined {
  const body = parsed(text);
  if (body === undefined) return undefined;
  if (topic === TOPIC.profileChanged.name) return profileJson(body as unknown as ProfileChanged);
  if (GHOST.test(text)) return JSON.stringify({ ...body, identifiers: withoutGhosts(body) });
  return text.replace(LINE_BREAKS, ' ');
}

function profileJson({ profileKey: _, ...profile }: ProfileChanged): string {
  return JSON.stringify({ ...profile, identifiers: withoutGhosts(profile) });
}

function withoutGhosts({ identifiers }: { identifiers?: unknown }): unknown[] {
  if (!Array.isArray(identifiers)) return [];
  return identifiers.filter((each: { value: string }) => erasureOf(each) === undefined);
}

function profileIdIn(payload: string): string | undefined {
  const { profileId } = parsed(payload) ?? {};
  return typeof profileId === 'string' ? profileId : undefined;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
