/**
 * Order: one per orderId, whichever sources tell of it; a purchase in a store is an order under its receipt. Without either
 * it stands for itself by (source, id). It exists from its first placement (`at`); payments, refunds, returns and
 * cancellations of the same key change its measures. Money counts in the currency of the placement only.
 */
import { parseMoney, type Interaction } from '#contracts';
import { stableHash } from '#kernel';
import { dimsOf, known, present, referencesOf } from '../derived-fact.js';
import type { Entry } from '../timeline.js';
import { keyedFact, text, whole, type KeyedKind } from './keyed-kind.js';

const PLACEMENTS: ReadonlySet<string> = new Set(['order.placed', 'store.purchased']);
const BY_ORDER: ReadonlySet<string> = new Set([
  'order.placed',
  'order.paid',
  'order.shipped',
  'order.delivered',
  'order.cancelled',
  'order.returned',
  'refund.issued',
]);
const BY_RECEIPT: ReadonlySet<string> = new Set(['store.purchased', 'store.returned']);
const REFUNDS: ReadonlySet<string> = new Set(['refund.issued', 'store.returned']);
const RETURNS: ReadonlySet<string> = new Set(['order.returned', 'store.returned']);

export const order: KeyedKind = {
  kind: 'order',

  factId({ tenant, source, id, type, data }) {
    const orderId = BY_ORDER.has(type) ? text(data['orderId']) : undefined;
    if (orderId !== undefined) return stableHash(tenant, 'order', 'order', orderId);
    const receiptId = BY_RECEIPT.has(type) ? text(data['receiptId']) : undefined;
    if (receiptId !== undefined) return stableHash(tenant, 'order', 'receipt', receiptId);
    return PLACEMENTS.has(type)
      ? stableHash(tenant, 'order', 'interaction', source, id)
      : undefined;
  },

  derive(id, entries) {
    const placed = entries.find(({ interaction }) => PLACEMENTS.has(interaction.type));
    if (placed === undefined) return undefined;
    const { data } = placed.interaction;
    const currency = currencyOf(placed.interaction);
    const has = (types: ReadonlySet<string>) =>
      entries.some((entry) => types.has(entry.interaction.type)) ? 1 : 0;
    return keyedFact(
      {
        kind: 'order',
        id,
        from: entries[0]?.occurredAt ?? placed.occurredAt,
        to: entries.at(-1)?.occurredAt ?? placed.occurredAt,
        at: placed.occurredAt,
        dims: present({ ...dimsOf(placed.interaction), currency }),
        measures: known({
          value: parseMoney(data['value']),
          margin: parseMoney(data['margin']),
          refunded: refunded(entries, currency),
          items: itemCount(data['items']),
          cancelled: has(new Set(['order.cancelled'])),
          returned: has(RETURNS),
        }),
        interactions: referencesOf(entries),
      },
      placed,
    );
  },
};

export function currencyOf({ data }: Interaction): string | undefined {
  return text(data['currency'])?.toUpperCase();
}

function refunded(entries: readonly Entry[], currency: string | undefined): number {
  let sum = 0;
  for (const { interaction } of entries) {
    const own = currencyOf(interaction);
    if (!REFUNDS.has(interaction.type) || (own !== undefined && own !== currency)) continue;
    sum += Math.abs(parseMoney(interaction.data['value']) ?? 0);
  }
  return sum;
}

/** Pieces: a line without a quantity counts as one. */
export function itemCount(items: unknown): number | undefined {
  if (!Array.isArray(items)) return whole(items);
  return items.reduce<number>((sum, item: unknown) => sum + (whole(quantityOf(item)) ?? 1), 0);
}

function quantityOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'quantity' in item
    ? item.quantity
    : undefined;
}
