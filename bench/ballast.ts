/** Interactions of about 600 bytes for arms without logic: 20,000 profiles, web traffic with some orders. */
import type { OutgoingRecord } from '#event-log';

const PROFILES = 20_000;
const START_AT = Date.parse('2026-01-01T00:00:00Z');

export function ballastInteraction(index: number): Record<string, unknown> {
  const profile = (index * 7919) % PROFILES;
  const isOrder = index % 20 === 0;
  return {
    source: 'bench',
    id: `b-${index}`,
    type: isOrder ? 'order.placed' : 'page.viewed',
    channel: 'web',
    occurredAt: new Date(START_AT + index * 400).toISOString(),
    identifiers: [
      { type: 'customerId', value: `c-${profile}` },
      { type: 'anonymousId', value: `a-${profile}` },
    ],
    touchpoint: isOrder ? 'checkout' : `catalogue-${index % 50}`,
    data: isOrder
      ? { orderId: `o-${index}`, value: ((index % 900) + 99) / 10, currency: 'EUR' }
      : {
          url: `https://shop.example/catalogue/${index % 500}/item-${index}`,
          title: 'A page of the catalogue with a title of usual length',
          referrer: 'https://search.example/?q=something+that+people+look+for',
          product: `p-${index % 500}`,
        },
  };
}

/** The same as raw records, for arms that start at the log. */
export function ballastRecord(topic: string, index: number): OutgoingRecord {
  const interaction = ballastInteraction(index);
  return {
    topic,
    key: `default\u001fc-${(index * 7919) % PROFILES}`,
    headers: { ce_id: `b-${index}`, ce_tenant: 'default' },
    value: Buffer.from(JSON.stringify(interaction)),
  };
}
