/** Accepted record → what identity sees of it: headers only. The body passes through unread, except of profile records. */
import { HEADER, parseInstant } from '#contracts';
import type { Identifier } from '#contracts';
import type { LogRecord } from '#event-log';
import { Fault } from '#kernel';
import type { Sighting } from '../../domain/resolve-from-scratch.js';

export function decodeRecord(record: LogRecord): Sighting {
  const { headers } = record;
  return {
    tenant: required(headers, HEADER.tenant),
    source: required(headers, HEADER.interactionSource),
    id: required(headers, HEADER.interactionId),
    type: typeOf(headers),
    version: integer(required(headers, HEADER.version)),
    at: instant(required(headers, HEADER.occurredAt)),
    receivedAt: instant(required(headers, HEADER.receivedAt)),
    contentHash: required(headers, HEADER.contentHash),
    identifiers: identifiers(headers[HEADER.identifiers] ?? '[]'),
    conversation: headers[HEADER.conversation],
    isWithdrawn: headers[HEADER.withdrawn] === '1',
  };
}

type Headers = Readonly<Record<string, string>>;

function required(headers: Headers, name: string): string {
  const value = headers[name];
  if (value === undefined || value === '') throw invalid(`header ${name} is missing`);
  return value;
}

function invalid(detail: string): Fault {
  return new Fault('invalid-value', detail);
}

/** The dimensions hold the interaction's type; it is needed for profile records only. */
function typeOf(headers: Headers): string {
  const match = /"type":"((?:[^"\\]|\\.)*)"/u.exec(headers[HEADER.dims] ?? '');
  return match?.[1] ?? '';
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw invalid('the version is no integer');
  return value;
}

function instant(text: string): number {
  const at = parseInstant(text);
  if (at === undefined) throw invalid('occurredAt is no instant');
  return at;
}

function identifiers(text: string): Identifier[] {
  let pairs: unknown;
  try {
    pairs = JSON.parse(text);
  } catch {
    throw invalid('the identifiers are not JSON');
  }
  if (!Array.isArray(pairs)) throw invalid('the identifiers are no list');
  return pairs.map((pair: unknown) => {
    if (!Array.isArray(pair)) throw invalid('an identifier is no pair');
    const [type, value] = pair as unknown[];
    if (typeof type !== 'string' || typeof value !== 'string')
      throw invalid('an identifier is no text');
    return { type, value };
  });
}
