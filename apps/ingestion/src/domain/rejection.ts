/**
 * An interaction that was not accepted, with the reason and its raw form: nothing refused is lost, and a corrected one can
 * be posted again from here. Its own text may be the poison, so what is stored beside `raw` (JSON text, in which U+0000 and
 * half pairs are escapes) is checked first.
 */
import {
  formatInstant,
  HEADER,
  recordKey,
  TOPIC,
  type InputProblem,
  type PreparedRecord,
} from '#contracts';
import { stableHash } from '#kernel';
import { RAW_MAX } from './limits.js';
import type { BodyFormat } from './read-cloud-event.js';

export interface Rejection {
  readonly rejectionId: string;
  readonly tenant: string;
  readonly source?: string;
  readonly id?: string;
  readonly receivedAt: string;
  readonly code: InputProblem['code'];
  readonly pointer: string;
  readonly detail: string;
  /** JSON text as posted; cut beyond {@link RAW_MAX} characters. */
  readonly raw: string;
  /** How `raw` is to be read; absent = native. */
  readonly format?: BodyFormat;
  /** The id if it has none, as if it had been accepted: repeats of one request replay as one interaction. First records lack it. */
  readonly derivedId?: string;
}

export interface RejectionContext {
  readonly tenant: string;
  /** Ms since 1970. */
  readonly receivedAt: number;
  /** Unique among requests; with the index it names the rejection. */
  readonly requestId: string;
}

export interface Refused {
  readonly index: number;
  readonly value: unknown;
  readonly raw: string;
  readonly problem: InputProblem;
  readonly format: BodyFormat;
  readonly derivedId: string;
}

export function rejectionOf(refused: Refused, context: RejectionContext): Rejection {
  const { tenant, receivedAt, requestId } = context;
  const { code, pointer, detail } = refused.problem;
  return {
    rejectionId: stableHash('rejection', tenant, requestId, refused.index),
    tenant,
    source: nameIn(refused.value, 'source', 100),
    id: nameIn(refused.value, 'id', 200),
    receivedAt: formatInstant(receivedAt),
    code,
    pointer,
    detail,
    raw: cut(refused.raw),
    ...(refused.format.kind !== 'native' && { format: refused.format }),
    derivedId: refused.derivedId,
  };
}

export function rejectionRecord(rejection: Rejection): PreparedRecord {
  const { tenant, rejectionId, receivedAt } = rejection;
  const topic = TOPIC.interactionRejected.name;
  return {
    topic,
    key: recordKey(tenant, rejectionId),
    headers: {
      [HEADER.id]: rejectionId,
      [HEADER.specVersion]: '1.0',
      [HEADER.type]: topic,
      [HEADER.source]: `/tenants/${encodeURIComponent(tenant)}/ingestion`,
      [HEADER.time]: receivedAt,
      [HEADER.tenant]: tenant,
    },
    text: JSON.stringify(rejection),
  };
}

const UNSTORABLE = /[\0\p{Surrogate}]/u;

function nameIn(value: unknown, member: 'source' | 'id', max: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(value, member)?.value;
  if (typeof name !== 'string' || name === '' || name.length > max) return undefined;
  return UNSTORABLE.test(name) ? undefined : name;
}

function cut(raw: string): string {
  if (raw.length <= RAW_MAX) return raw;
  const last = raw.charCodeAt(RAW_MAX - 1);
  return raw.slice(0, last >= 0xd800 && last <= 0xdbff ? RAW_MAX - 1 : RAW_MAX);
}
