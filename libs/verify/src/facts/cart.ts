/**
 * What a profile has put aside: abandoned without an order within 24 h of the last update (exactly 24 h is in time), recovered
 * by one in the 7 days after. A further update begins the 24 h again; a keyless cart that was abandoned stays so.
 */
import { parseMoney, type Interaction } from '#contracts';
import { nameIn, type Entry, type FactRow, type Ground } from './fact.js';
import { currencyOf, piecesIn } from './order.js';
import { close, newItem, shortDims, walk, type Item } from './walk.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const UPDATES = ['cart.updated', 'checkout.started'];

interface Cart extends Item {
  readonly cartId: string | undefined;
}

const cartIdIn = ({ data }: Interaction): string | undefined => nameIn(data['cartId']);
const isAbandoned = ({ measures }: Cart): boolean => measures['abandoned'] === 1;

export function carts(ground: Ground): FactRow[] {
  return walk<Cart>(ground, {
    kind: 'cart',
    openMax: 3,
    takes: ({ type }) => UPDATES.includes(type) || type === 'order.placed',
    passTime(cart, at) {
      if (cart.at + DAY_MS <= at) cart.measures['abandoned'] = 1;
    },
    hear(open, entry) {
      const cartId = cartIdIn(entry.interaction);
      const named = open.filter((cart) => cart.cartId === cartId);
      if (!UPDATES.includes(entry.interaction.type)) {
        const ofOrder = cartId === undefined ? undefined : named.at(-1);
        order(ofOrder ?? updatedLast(open), entry);
        return undefined;
      }
      const known = named.findLast((cart) => cartId !== undefined || !isAbandoned(cart));
      const cart = known ?? { ...newItem('cart', ground.tenant, entry), cartId };
      update(cart, entry);
      return known === undefined ? cart : undefined;
    },
  });
}

/** Of equal instants the one opened later. */
function updatedLast(open: readonly Cart[]): Cart | undefined {
  return open.findLast((cart) => open.every(({ at }) => at <= cart.at));
}

function update(cart: Cart, entry: Entry): void {
  const { data } = entry.interaction;
  const [value, items] = [parseMoney(data['value']), piecesIn(data['items'])];
  const currency = currencyOf(entry.interaction) ?? cart.dims.currency;
  if (value !== undefined) cart.dims = shortDims({ ...cart.dims, currency });
  cart.to = cart.at = entry.at;
  cart.finalAt = entry.at + 8 * DAY_MS;
  cart.counted.push(entry);
  cart.measures = {
    ...cart.measures,
    ...(value === undefined ? {} : { value }),
    ...(items === undefined ? {} : { items }),
    ordered: 0,
    abandoned: 0,
    recovered: 0,
  };
}

function order(cart: Cart | undefined, entry: Entry): void {
  if (cart === undefined) return;
  cart.to = entry.at;
  cart.counted.push(entry);
  cart.measures['ordered'] = 1;
  cart.measures['recovered'] = isAbandoned(cart) ? 1 : 0;
  close(cart);
}
