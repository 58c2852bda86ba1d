import { describe, expect, it } from '@jest/globals';
import { deriveKeyed, foldSequential, keyedFactIds } from './derive.js';
import { SESSION_INTERACTIONS_MAX } from './deadline.js';
import { told, START } from './told.fixture.js';
import type { Entry } from './timeline.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const page = (id: string, afterMs: number) => told({ id, at: START + afterMs });
const sessions = (entries: readonly Entry[], watermark = 0) => foldSequential(entries, watermark);

describe('a session', () => {
  it('goes on after a gap of exactly 30 minutes, and not a millisecond longer', () => {
    expect(sessions([page('a', 0), page('b', 30 * MINUTE)])).toHaveLength(1);
    expect(sessions([page('a', 0), page('b', 30 * MINUTE + 1)])).toHaveLength(2);
  });

  it('ends at 24 hours: the interaction at that instant still belongs to it', () => {
    const steps = (lastMs: number) => [
      ...Array.from({ length: 48 }, (_, step) => page(`p${step}`, step * 30 * MINUTE)),
      page('z', lastMs),
    ];
    expect(sessions(steps(24 * HOUR))).toHaveLength(1);
    const [day, rest] = sessions(steps(24 * HOUR + 1));
    expect(day?.interactions.count).toBe(48);
    expect(rest).toMatchObject({ from: START + 24 * HOUR + 1, interactions: { count: 1 } });
  });

  it('ends with its 10,000th interaction, even if more share the instant', () => {
    const many = Array.from({ length: SESSION_INTERACTIONS_MAX + 1 }, (_, index) =>
      page(`p${String(index).padStart(6, '0')}`, 0),
    );
    expect(sessions(many).map(({ interactions }) => interactions.count)).toEqual([
      SESSION_INTERACTIONS_MAX,
      1,
    ]);
  });

  it('keeps the order of (source, id) at equal instants: the first names the session', () => {
    const [session] = sessions([page('a', 0), page('b', 0)]);
    expect(session?.interactions.first).toEqual([
      { source: 'shop', id: 'a' },
      { source: 'shop', id: 'b' },
    ]);
  });

  it('is final when the watermark reaches its deadline, not before', () => {
    const entries = [page('a', 0), page('b', 10 * MINUTE)];
    expect(sessions(entries, START + 40 * MINUTE - 1)[0]?.status).toBe('provisional');
    expect(sessions(entries, START + 40 * MINUTE)[0]?.status).toBe('final');
  });

  it('goes on with an interaction that comes after its deadline was fired', () => {
    const [closed] = sessions([page('a', 0)], START + HOUR);
    expect(closed?.status).toBe('final');
    expect(sessions([page('a', 0), page('b', 5 * MINUTE)], START + 20 * MINUTE)).toMatchObject([
      { id: closed?.id, status: 'provisional', measures: { pages: 2, durationMs: 5 * MINUTE } },
    ]);
  });

  it('is final once a later interaction shows that its time has passed, whatever the watermark', () => {
    const found = sessions([page('a', 0), page('b', HOUR)]);
    expect(found.map(({ status }) => status)).toEqual(['final', 'provisional']);
  });

  it('converts by an order placed in it, on a digital channel only', () => {
    const placed = told({
      id: 'o',
      type: 'order.placed',
      at: START + MINUTE,
      data: { orderId: '1' },
    });
    expect(sessions([page('a', 0), placed])[0]?.measures['converted']).toBe(1);
    expect(sessions([page('a', 0)])[0]?.measures['converted']).toBe(0);
  });

  it('carries all references up to 100, then the first and the last 50', () => {
    const run = (count: number) =>
      sessions(
        Array.from({ length: count }, (_, index) =>
          page(`p${String(index).padStart(4, '0')}`, index),
        ),
      )[0];
    expect(run(100)?.interactions).toMatchObject({
      count: 100,
      first: { length: 50 },
      last: { length: 50 },
    });
    expect(run(60)?.interactions).toMatchObject({
      count: 60,
      first: { length: 50 },
      last: { length: 10 },
    });
    expect(run(130)?.interactions.last[0]).toEqual({ source: 'shop', id: 'p0080' });
  });
});

describe('keyed facts', () => {
  const derived = (...entries: Entry[]) =>
    deriveKeyed(keyedFactIds((entries[0] as Entry).interaction)[0] ?? '', entries, 0);

  it('an order is found under its id from any source, and stands for itself without one', () => {
    const of = (source: string, data: object) =>
      keyedFactIds(
        told({ id: source, source, type: 'order.placed', data: { ...data } }).interaction,
      );
    expect(of('shop', { orderId: '7' })).toEqual(of('warehouse', { orderId: '7' }));
    expect(of('shop', {})).not.toEqual(of('warehouse', {}));
  });

  it('an order without placement is no fact; its refunds count in its currency only', () => {
    const data = { orderId: '7', value: '11.77', currency: 'USD', items: [{ quantity: 2 }, {}] };
    const refund = (id: string, value: string, currency: string) =>
      told({
        id,
        type: 'refund.issued',
        channel: 'billing',
        at: START + HOUR,
        data: { orderId: '7', value, currency },
      });
    expect(derived(refund('r', '1', 'USD'))).toBeUndefined();
    const order = derived(
      told({ id: 'o', type: 'order.placed', data }),
      refund('r', '1.50', 'USD'),
      refund('s', '9', 'EUR'),
    );
    expect(order).toMatchObject({
      at: START,
      to: START + HOUR,
      dims: { currency: 'USD' },
      measures: { value: 117_700, refunded: 15_000, items: 3, cancelled: 0 },
    });
  });

  it('a purchase in a store is an order under its receipt', () => {
    const bought = told({
      id: 'x',
      type: 'store.purchased',
      channel: 'store',
      data: { receiptId: 'r', value: 5, currency: 'EUR' },
    });
    const back = told({
      id: 'y',
      type: 'store.returned',
      channel: 'store',
      at: START + 1,
      data: { receiptId: 'r', value: 2 },
    });
    expect(derived(bought, back)).toMatchObject({
      kind: 'order',
      measures: { value: 50_000, refunded: 20_000, returned: 1 },
    });
  });

  it.each([
    [
      { instrument: 'nps', score: 9 },
      { nps: 1, score: 900, promoter: 1, passive: 0, detractor: 0 },
    ],
    [
      { instrument: 'nps', score: 8 },
      { nps: 1, score: 800, promoter: 0, passive: 1, detractor: 0 },
    ],
    [
      { instrument: 'nps', score: 6, band: 'promoter' },
      { nps: 1, score: 600, promoter: 0, passive: 0, detractor: 1 },
    ],
    [
      { instrument: 'csat', score: 4 },
      { csat: 1, score: 400, topTwo: 1 },
    ],
    [
      { instrument: 'csat', score: 5, scaleMin: 1, scaleMax: 7 },
      { csat: 1, score: 500, topTwo: 0 },
    ],
    [
      { instrument: 'csat', score: 0, scaleMin: 0, scaleMax: 1 },
      { csat: 1, score: 0, topTwo: 0 },
    ],
    [
      { instrument: 'csat', score: 1, scaleMin: 0, scaleMax: 1 },
      { csat: 1, score: 100, topTwo: 1 },
    ],
    [
      { instrument: 'ces', score: 2, polarity: 'negative' },
      { ces: 1, score: 600, easy: 1 },
    ],
    [
      { instrument: 'ces', score: 3, scaleMin: 1, scaleMax: 5 },
      { ces: 1, score: 400, easy: 0 },
    ],
  ])('an answer %j has the bands of its score', (data, measures) => {
    expect(
      derived(told({ id: 's', type: 'survey.answered', channel: 'email', data }))?.measures,
    ).toEqual(measures);
  });

  it('an answer outside its scale or of an unknown instrument is no fact', () => {
    for (const data of [
      { instrument: 'nps', score: 11 },
      { instrument: 'x', score: 1 },
      { instrument: 'nps' },
    ]) {
      expect(derived(told({ id: 's', type: 'survey.answered', data }))).toBeUndefined();
    }
  });
});
