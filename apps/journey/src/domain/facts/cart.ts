/**
 * Cart: what a profile has put aside (`cart.updated`, `checkout.started`), by cartId, and without one the profile's keyless cart.
 * open → ordered (an order within 24 h of the last update; final) | abandoned (24 h passed) → recovered (an order in the 7 days
 * after that; final: abandoned and recovered) | lost (those passed too; final). A further update of the same cart, abandoned
 * or not, opens the 24 h again (a keyless cart that was abandoned stays so: the update begins another). After an order or its
 * end the same cartId is a new cart: shops reuse ids, hence facts are named after their first interaction.
 *
 * An order belongs to the cart that its cartId names, else to the one updated last (later opened on equal instants). An order
 * exactly 24 h later is in time. Value and currency are those of the last update that tells a value. `at` is the last update.
 */
import { parseMoney, type Interaction } from '#contracts';
import { stableHash } from '#kernel';
import type { DerivedFact } from '../derived-fact.js';
import type { Entry } from '../timeline.js';
import { text } from './keyed-kind.js';
import {
  closed,
  earliest,
  factsOf,
  itemDims,
  opened,
  openedFact,
  removed,
  replaced,
  settleItems,
  withItemReference,
  type OpenItem,
} from './open-items.js';
import { currencyOf, itemCount } from './order.js';
import type { Evolved, SequentialKind } from './sequential-kind.js';

export const ABANDONED_MS = 24 * 3_600_000;
export const RECOVERY_MS = 7 * 24 * 3_600_000;
export const OPEN_CARTS_MAX = 3;

interface OpenCart extends OpenItem {
  /** Hash of the cartId. */
  readonly cartId?: string;
}
type State = readonly OpenCart[];

const UPDATES: ReadonlySet<string> = new Set(['cart.updated', 'checkout.started']);

export const cart: SequentialKind<State> = {
  kind: 'cart',

  takes: ({ type }) => UPDATES.has(type) || type === 'order.placed',

  start: [],

  openFacts: factsOf,

  evolve(state, step) {
    if (step.kind === 'deadline') return passTime(state, step.at);
    const { entry } = step;
    return UPDATES.has(entry.interaction.type) ? update(state, entry) : order(state, entry);
  },

  dueAt: (state) => earliest(state.map(({ fact }) => dueOf(fact))),
};

const isAbandoned = (fact: DerivedFact): boolean => fact.measures['abandoned'] === 1;
const dueOf = (fact: DerivedFact): number | undefined =>
  isAbandoned(fact) ? fact.finalAt : fact.at + ABANDONED_MS;

function passTime(state: State, at: number): Evolved<State> {
  const abandoned = state.map((item) => {
    const isDue = !isAbandoned(item.fact) && item.fact.at + ABANDONED_MS <= at;
    if (!isDue) return item;
    return { ...item, fact: { ...item.fact, measures: { ...item.fact.measures, abandoned: 1 } } };
  });
  const settled = settleItems(abandoned, at);
  const changed = settled.state.filter((item) => !state.includes(item));
  return { state: settled.state, facts: [...settled.facts, ...factsOf(changed)] };
}

function cartIdOf({ data }: Interaction): string | undefined {
  const cartId = text(data['cartId']);
  return cartId === undefined ? undefined : stableHash(cartId);
}

function update(state: State, entry: Entry): Evolved<State> {
  const cartId = cartIdOf(entry.interaction);
  const item = state.findLast(
    (each) => each.cartId === cartId && (cartId !== undefined || !isAbandoned(each.fact)),
  );
  if (item !== undefined) return replaced(state, { ...item, fact: updated(item.fact, entry) });
  const fact = updated(openedFact('cart', entry), entry);
  return opened(state, { ...(cartId !== undefined && { cartId }), fact }, OPEN_CARTS_MAX);
}

function updated(fact: DerivedFact, { occurredAt, interaction }: Entry): DerivedFact {
  const { data } = interaction;
  const value = parseMoney(data['value']);
  const items = itemCount(data['items']);
  const currency = currencyOf(interaction) ?? fact.dims.currency;
  return {
    ...fact,
    to: occurredAt,
    at: occurredAt,
    dims: value === undefined ? fact.dims : itemDims({ ...fact.dims, currency }),
    measures: {
      ...fact.measures,
      ...(value !== undefined && { value }),
      ...(items !== undefined && { items }),
      ordered: 0,
      abandoned: 0,
      recovered: 0,
    },
    interactions: withItemReference(fact.interactions, interaction),
    finalAt: occurredAt + ABANDONED_MS + RECOVERY_MS,
  };
}

function order(state: State, { occurredAt, interaction }: Entry): Evolved<State> {
  const cartId = cartIdOf(interaction);
  const item =
    state.findLast((each) => cartId !== undefined && each.cartId === cartId) ??
    state.reduce<OpenCart | undefined>(
      (last, each) => (last === undefined || each.fact.at >= last.fact.at ? each : last),
      undefined,
    );
  if (item === undefined) return { state, facts: [] };
  const { fact } = item;
  return removed(
    state,
    closed({
      ...fact,
      to: occurredAt,
      measures: { ...fact.measures, ordered: 1, recovered: isAbandoned(fact) ? 1 : 0 },
      interactions: withItemReference(fact.interactions, interaction),
    }),
  );
}
