/**
 * An order and what follows. The shop places it with the buyer's identifiers; payment follows at once; the warehouse and
 * the carrier know nothing but the order's number, so `order.shipped` and `order.delivered` find the customer by reference.
 */
import type { Channel, Identifier } from '#contracts';
import { type Script, DAY_MS, HOUR_MS, money, SECOND_MS } from '../script.js';
import { CURRENCY } from './catalogue.js';

export interface OrderToPlace {
  readonly at: number;
  readonly cents: number;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly identifiers: readonly Identifier[];
  readonly source: string;
  readonly channel: Channel;
  readonly skewMs?: number;
}

/** Says whether the order was placed inside the simulated time. */
export function placeOrder(script: Script, order: OrderToPlace): boolean {
  const orderId = script.number('order');
  const { source, channel, identifiers, skewMs } = order;
  const isPlaced = script.tell({
    at: order.at,
    source,
    channel,
    type: 'order.placed',
    direction: 'inbound',
    touchpoint: 'checkout',
    identifiers,
    skewMs,
    data: { orderId, value: money(order.cents), currency: CURRENCY, items: order.items },
  });
  if (!isPlaced) return false;
  const reference = { source, channel: 'other', direction: 'internal', data: { orderId } } as const;
  script.tell({
    ...reference,
    at: order.at + 2 * SECOND_MS,
    type: 'order.paid',
    touchpoint: 'payments',
  });
  const { cancelled, refundedCents } = fulfil(script, order, reference);
  script.orders.push({
    orderId,
    person: script.person.name,
    placedAt: order.at,
    valueCents: order.cents,
    currency: CURRENCY,
    cancelled,
    refundedCents,
  });
  return true;
}

function fulfil(
  script: Script,
  order: OrderToPlace,
  reference: { source: string; channel: 'other'; direction: 'internal'; data: { orderId: string } },
): { cancelled: boolean; refundedCents: number } {
  const { random } = script;
  if (random.chance(0.05)) {
    const cancelled = script.tell({
      ...reference,
      at: order.at + random.between(1, 8) * HOUR_MS,
      type: 'order.cancelled',
      touchpoint: 'back-office',
    });
    return { cancelled, refundedCents: 0 };
  }
  const shippedAt = order.at + random.between(4, 40) * HOUR_MS;
  const deliveredAt = shippedAt + random.between(1, 4) * DAY_MS;
  script.tell({ ...reference, at: shippedAt, type: 'order.shipped', touchpoint: 'warehouse' });
  script.tell({ ...reference, at: deliveredAt, type: 'order.delivered', touchpoint: 'carrier' });
  if (!random.chance(0.06)) return { cancelled: false, refundedCents: 0 };
  script.tell({
    ...reference,
    at: deliveredAt + 2 * DAY_MS,
    type: 'order.returned',
    touchpoint: 'warehouse',
  });
  const isRefunded = script.tell({
    ...reference,
    at: deliveredAt + 3 * DAY_MS,
    type: 'refund.issued',
    touchpoint: 'back-office',
    data: { ...reference.data, value: money(order.cents), currency: CURRENCY },
  });
  return { cancelled: false, refundedCents: isRefunded ? order.cents : 0 };
}
