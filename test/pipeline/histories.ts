/** Random histories of few people who meet often: what is posted, and what is said about them. */
import fc from 'fast-check';
import type { SaidCall } from './memory-pipeline.js';

export interface History {
  readonly interactions: readonly object[];
  readonly calls: readonly SaidCall[];
}

const START = Date.UTC(2026, 4, 4);
/** Nothing that histories tell of is before. */
export const STARTED_AT = START - 60_000;
const MINUTE = 60_000;
const SPAN_MINUTES = 4 * 24 * 60;

const identifier = fc.constantFrom(
  ...['ann', 'bob', 'cem'].map((value) => ({ type: 'customerId', value })),
  ...['a@x.org', 'b@x.org', 'c@x.org'].map((value) => ({ type: 'email', value })),
  ...['c1', 'c2', 'c3', 'c4', 'c5'].map((value) => ({ type: 'anonymousId', value })),
  ...['tablet', 'phone'].map((value) => ({ type: 'deviceId', value })),
);
const identifiers = fc.uniqueArray(identifier, {
  maxLength: 3,
  selector: ({ type, value }) => `${type}:${value}`,
});

/** Quarter hours and their neighbours: equal instants, and gaps of exactly a session's length. */
const occurredAt = fc
  .record({
    quarter: fc.nat({ max: SPAN_MINUTES / 15 }),
    off: fc.constantFrom(0, 0, 0, 1, -1, 30_000),
  })
  .map(({ quarter, off }) => START + quarter * 15 * MINUTE + off);

const orderId = fc.constantFrom('o1', 'o2', 'o3', 'o4');
const money = fc.record({
  orderId,
  value: fc.integer({ min: 1, max: 50_000 }).map((cents) => (cents / 100).toFixed(2)),
  currency: fc.constantFrom('EUR', 'EUR', 'USD'),
});
const reference = orderId.map((id) => ({ orderId: id }));
const conversation = fc.constantFrom('k1', 'k2', 'k3', 'k4');
const topic = fc.constantFrom('delivery', 'billing');
const score = fc.record({
  instrument: fc.constant('nps'),
  score: fc.nat({ max: 10 }),
  scaleMin: fc.constant(0),
  scaleMax: fc.constant(10),
});
const promise = fc.record({
  promiseId: fc.constantFrom('p1', 'p2'),
  what: fc.constant('call back'),
  dueAt: occurredAt.map((at) => new Date(at).toISOString()),
});

const plain = fc.constant({});
const kinds: fc.Arbitrary<object> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('page.viewed', 'product.viewed', 'app.opened'),
      channel: fc.constantFrom('web', 'mobile'),
    }),
  },
  fc.record({ type: fc.constant('order.placed'), channel: fc.constant('web'), data: money }),
  fc.record({
    type: fc.constantFrom('order.shipped', 'order.returned', 'order.cancelled'),
    channel: fc.constant('web'),
    data: reference,
  }),
  fc.record({
    type: fc.constantFrom('call.queued', 'call.answered', 'call.transferred', 'call.ended'),
    channel: fc.constant('phone'),
    conversation,
    topic,
    data: plain,
  }),
  fc.record({
    type: fc.constantFrom('email.received', 'email.sent'),
    channel: fc.constant('email'),
    conversation,
    topic,
  }),
  fc.record({ type: fc.constant('survey.answered'), channel: fc.constant('email'), data: score }),
  fc.record({
    type: fc.constant('cart.updated'),
    channel: fc.constant('web'),
    data: fc.record({ value: fc.constantFrom('10.00', '20.00'), currency: fc.constant('EUR') }),
  }),
  fc.record({ type: fc.constant('promise.made'), channel: fc.constant('phone'), data: promise }),
  fc.record({
    type: fc.constantFrom('promise.kept', 'promise.cancelled'),
    channel: fc.constant('phone'),
    data: fc.record({ promiseId: fc.constantFrom('p1', 'p2') }),
  }),
  fc.record({
    type: fc.constantFrom('selfservice.started', 'selfservice.completed'),
    channel: fc.constant('self-service'),
    conversation,
    data: fc.record({ flow: fc.constant('balance') }),
  }),
  fc.record({
    type: fc.constant('profile.identified'),
    channel: fc.constant('web'),
    data: fc.record({ traits: fc.record({ segment: fc.constantFrom('gold', 'silver') }) }),
  }),
  fc.record({
    type: fc.constant('consent.changed'),
    channel: fc.constant('web'),
    data: fc.record({ purpose: fc.constantFrom('marketing', 'analytics'), granted: fc.boolean() }),
  }),
);

const interaction = fc
  .record({
    kind: kinds,
    source: fc.constantFrom('shop', 'desk'),
    /** Few enough that versions of one interaction meet. */
    number: fc.nat({ max: 400 }),
    version: fc.constantFrom(0, 0, 0, 0, 1, 2),
    withdrawn: fc.constantFrom(false, false, false, false, false, true),
    occurredAt,
    identifiers,
  })
  .map(({ kind, number, withdrawn, occurredAt: at, ...rest }) => ({
    ...rest,
    ...kind,
    id: `i${number}`,
    occurredAt: new Date(at).toISOString(),
    ...(withdrawn ? { withdrawn } : {}),
  }));

export const callArbitrary: fc.Arbitrary<SaidCall & { readonly at: number }> = fc
  .record({
    kind: fc.constantFrom<SaidCall['kind']>('merge', 'merge', 'unmerge'),
    a: identifier,
    b: identifier,
    at: fc.integer({ min: 1, max: 20 }).map((minutes) => START + minutes * MINUTE),
  })
  .filter(({ a, b }) => a.type !== b.type || a.value !== b.value)
  .map(({ a, b, ...rest }) => ({
    ...rest,
    a: `${a.type}:${a.value}`,
    b: `${b.type}:${b.value}`,
    reason: 'they said so',
    actor: 'agent:1',
  }));

/** `lengthMax` interactions at the most, with their repeats and versions. */
export const histories = (lengthMax: number): fc.Arbitrary<History> =>
  fc.record({
    interactions: fc.array(interaction, { minLength: 1, maxLength: lengthMax, size: 'max' }),
    calls: fc.array(callArbitrary, { maxLength: 6 }),
  });

/** After everything that histories tell of, and every deadline that it can set. */
export const SETTLED_AT = START + 60 * 24 * 60 * MINUTE;
/** Instants of sweeps on the way. */
export const sweepAt = fc.nat({ max: 40 }).map((days) => START + days * 24 * 60 * MINUTE);
