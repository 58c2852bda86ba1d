/** Accepted records of web visits: ten pages a minute apart, a visit an hour, of one person or of a cookie. */
import { HEADER, recordKey, TOPIC, type Identifier } from '#contracts';
import type { OutgoingRecord } from '#event-log';

const MINUTE = 60_000;
const VISIT = 10;
/** The last page of every profile. */
export const END = Date.parse('2026-06-01T00:00:00Z');

let sequence = 0;

export function accepted(at: number, identifiers: readonly Identifier[]): OutgoingRecord {
  const id = `m-${(sequence += 1)}`;
  const occurredAt = new Date(at).toISOString();
  const interaction = {
    tenant: 'default',
    source: 'bench',
    id,
    type: 'page.viewed',
    channel: 'web',
    occurredAt,
    receivedAt: occurredAt,
    identifiers,
    touchpoint: 'catalogue',
    data: { url: `https://shop.example/item-${sequence % 500}`, title: 'A page of the catalogue' },
    version: 0,
  };
  return {
    topic: TOPIC.interactionAccepted.name,
    key: recordKey('default', id),
    headers: {
      [HEADER.tenant]: 'default',
      [HEADER.interactionSource]: 'bench',
      [HEADER.interactionId]: id,
      [HEADER.version]: '0',
      [HEADER.occurredAt]: occurredAt,
      [HEADER.receivedAt]: occurredAt,
      [HEADER.contentHash]: id,
      [HEADER.identifiers]: JSON.stringify(identifiers.map(({ type, value }) => [type, value])),
      [HEADER.dims]: JSON.stringify({ channel: 'web', type: 'page.viewed' }),
    },
    value: Buffer.from(JSON.stringify(interaction)),
  };
}

/** Instants of the `index`th page of `count`, counted so that the last one is at `END`. */
export function pageAt(index: number, count: number): number {
  const back = count - 1 - index;
  return END - Math.floor(back / VISIT) * 60 * MINUTE - (back % VISIT) * MINUTE;
}

/** Ten pages that end at an instant. */
export const visit = (cookie: string, end: number): OutgoingRecord[] =>
  Array.from({ length: VISIT }, (_, index) =>
    accepted(end - (VISIT - 1 - index) * MINUTE, [{ type: 'anonymousId', value: cookie }]),
  );
