/** One an orderId or receipt, else one a placement; from its first placement. Money of other currencies is left out. */
import { parseMoney, type Interaction } from '#contracts';
import { countIn, dimsOf, factOf, groupsBy, nameIn, withDims } from './fact.js';
import type { Entry, FactRow, Ground } from './fact.js';

const ORDER_TYPES = [
  'order.placed',
  'order.paid',
  'order.shipped',
  'order.delivered',
  'order.cancelled',
  'order.returned',
  'refund.issued',
];
const RECEIPT_TYPES = ['store.purchased', 'store.returned'];

const isPlacement = ({ type }: Interaction): boolean =>
  type === 'order.placed' || type === 'store.purchased';
export const currencyOf = ({ data }: Interaction): string | undefined =>
  nameIn(data['currency'])?.toUpperCase();

export function orders({ tenant, watermark, entries }: Ground): FactRow[] {
  const groups = groupsBy(entries, (interaction) => {
    const { type, source, id, data } = interaction;
    const orderId = nameIn(data['orderId']);
    if (ORDER_TYPES.includes(type) && orderId !== undefined)
      return [tenant, 'order', 'order', orderId];
    const receiptId = nameIn(data['receiptId']);
    if (RECEIPT_TYPES.includes(type) && receiptId !== undefined)
      return [tenant, 'order', 'receipt', receiptId];
    return isPlacement(interaction) ? [tenant, 'order', 'interaction', source, id] : undefined;
  });
  return [...groups].flatMap(([id, group]) => {
    const placed = group.find(({ interaction }) => isPlacement(interaction));
    if (placed === undefined) return [];
    const currency = currencyOf(placed.interaction);
    const dims = withDims({ ...dimsOf([placed.interaction]), currency });
    const measures = measuresOf(placed, group);
    const draft = { kind: 'order' as const, id, owner: placed, entries: group, at: placed.at };
    return [factOf({ ...draft, dims, measures }, watermark)];
  });
}

function measuresOf(placed: Entry, group: readonly Entry[]): Record<string, number | undefined> {
  const { data } = placed.interaction;
  const currency = currencyOf(placed.interaction);
  const told = group.map(({ interaction }) => interaction);
  const has = (...types: string[]) => (told.some(({ type }) => types.includes(type)) ? 1 : 0);
  const refunds = told
    .filter(({ type }) => type === 'refund.issued' || type === 'store.returned')
    .filter((refund) => [undefined, currency].includes(currencyOf(refund)))
    .map((refund) => Math.abs(parseMoney(refund.data['value']) ?? 0));
  return {
    value: parseMoney(data['value']),
    margin: parseMoney(data['margin']),
    refunded: refunds.reduce((sum, refund) => sum + refund, 0),
    items: piecesIn(data['items']),
    cancelled: has('order.cancelled'),
    returned: has('order.returned', 'store.returned'),
  };
}

/** A line without a quantity is one piece. */
export function piecesIn(items: unknown): number | undefined {
  if (!Array.isArray(items)) return countIn(items);
  const quantities = items.map((item: unknown) =>
    countIn((item as { quantity?: unknown } | null)?.quantity),
  );
  return quantities.reduce<number>((sum, quantity) => sum + (quantity ?? 1), 0);
}
