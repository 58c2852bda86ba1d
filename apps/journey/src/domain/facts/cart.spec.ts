import { describe, expect, it } from '@jest/globals';
import { START, told } from '../told.fixture.js';
import type { Entry } from '../timeline.js';
import { cart, OPEN_CARTS_MAX } from './cart.js';
import { foldKind } from './fold.fixture.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const put = (hours: number, data: object = {}): Entry =>
  told({ id: `u-${hours}`, type: 'cart.updated', at: START + hours * HOUR, data: { ...data } });
const ordered = (hours: number, data: object = {}): Entry =>
  told({ id: `o-${hours}`, type: 'order.placed', at: START + hours * HOUR, data: { ...data } });
const folded = (watermark: number, ...entries: Entry[]) => foldKind(cart, entries, watermark);

describe('a cart', () => {
  it('counts at its last update, with the value then', () => {
    const filled = { value: '60.00', currency: 'eur', items: [{ quantity: 2 }, {}] };
    expect(
      folded(START, put(0, { value: '40.00', currency: 'EUR' }), put(1, filled)),
    ).toMatchObject([
      {
        from: START,
        at: START + HOUR,
        dims: { currency: 'EUR' },
        measures: { value: 600_000, items: 3, ordered: 0, abandoned: 0, recovered: 0 },
        status: 'provisional',
        finalAt: START + HOUR + 8 * DAY,
      },
    ]);
  });

  it('is abandoned the moment 24 h have passed without an order, and lost for good 7 days later', () => {
    expect(folded(START + DAY - 1, put(0))).toMatchObject([{ measures: { abandoned: 0 } }]);
    expect(folded(START + DAY, put(0))).toMatchObject([
      { measures: { abandoned: 1 }, status: 'provisional' },
    ]);
    expect(folded(START + 8 * DAY, put(0))).toMatchObject([
      { measures: { abandoned: 1, recovered: 0 }, status: 'final' },
    ]);
  });

  it('is ordered in time exactly 24 h later, and was never abandoned when that order comes late', () => {
    expect(folded(START + 20 * DAY, put(0), ordered(24))).toMatchObject([
      { measures: { ordered: 1, abandoned: 0, recovered: 0 }, status: 'final' },
    ]);
  });

  it('is recovered by an order after that', () => {
    expect(folded(START, put(0), ordered(25))).toMatchObject([
      { measures: { ordered: 1, abandoned: 1, recovered: 1 }, status: 'final' },
    ]);
    expect(folded(START, put(0), ordered(8 * 24 + 1))).toMatchObject([
      { measures: { ordered: 0, abandoned: 1, recovered: 0 }, status: 'final' },
    ]);
  });

  it('is another one after the order, under the same id too', () => {
    const same = { cartId: 'c' };
    expect(folded(START, put(0, same), ordered(1, same), put(2, same))).toHaveLength(2);
  });

  it('takes an update after 24 h back in when it has an id, and begins another without one', () => {
    const same = { cartId: 'c' };
    expect(folded(START, put(0, same), put(30, same))).toMatchObject([
      { measures: { abandoned: 0 } },
    ]);
    expect(folded(START, put(0), put(30))).toHaveLength(2);
  });

  it('is the one that the order names, else the one updated last', () => {
    const of = (cartId: string) => ({ cartId });
    const orderedOnes = (order: Entry) =>
      folded(START, put(0, of('a')), put(1, of('b')), order)
        .filter(({ measures }) => measures['ordered'] === 1)
        .map(({ from }) => from - START);
    expect(orderedOnes(ordered(2, of('a')))).toEqual([0]);
    expect(orderedOnes(ordered(2))).toEqual([HOUR]);
  });

  it('stays within bounds: one too many closes the one silent longest', () => {
    const carts = Array.from({ length: OPEN_CARTS_MAX + 1 }, (_, n) => put(n, { cartId: `c${n}` }));
    const closed = folded(START, ...carts).filter(({ status }) => status === 'final');
    expect(closed.map(({ from }) => from)).toEqual([START]);
    expect(closed[0]).not.toHaveProperty('finalAt');
  });
});
