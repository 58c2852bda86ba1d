/** Facts, written twice: those of verify are those of the service's kinds, whatever a customer did and whenever one looks. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Channel,
  DEFAULT_SETTINGS,
  FACT_KINDS,
  type FactKind,
  type Interaction,
} from '#contracts';
import { recompute, SHIPPED_RULES } from '#verify';
import { publicFact } from '../../apps/journey/src/application/publish-facts.js';
import type { DerivedFact } from '../../apps/journey/src/domain/derived-fact.js';
import { settled } from '../../apps/journey/src/domain/deadline.js';
import { cart } from '../../apps/journey/src/domain/facts/cart.js';
import { contact } from '../../apps/journey/src/domain/facts/contact.js';
import { foldKind } from '../../apps/journey/src/domain/facts/fold.fixture.js';
import { invitation } from '../../apps/journey/src/domain/facts/invitation.js';
import { issue } from '../../apps/journey/src/domain/facts/issue.js';
import type { KeyedKind } from '../../apps/journey/src/domain/facts/keyed-kind.js';
import { order } from '../../apps/journey/src/domain/facts/order.js';
import { promise } from '../../apps/journey/src/domain/facts/promise.js';
import { selfservice } from '../../apps/journey/src/domain/facts/selfservice.js';
import type { SequentialKind } from '../../apps/journey/src/domain/facts/sequential-kind.js';
import { session } from '../../apps/journey/src/domain/facts/session.js';
import { stage } from '../../apps/journey/src/domain/facts/stage.js';
import { survey } from '../../apps/journey/src/domain/facts/survey.js';
import type { Thresholds } from '../../apps/journey/src/domain/thresholds.js';
import { inOrder, type Entry } from '../../apps/journey/src/domain/timeline.js';

const RUNS = 150;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 1);
const TENANT = 'default';

type Word = readonly [type: string, channel: Channel, data?: Readonly<Record<string, unknown>>];

const SERVICE: readonly Word[] = [
  ['call.queued', 'phone'],
  ['call.answered', 'phone', { waitMs: 1200 }],
  ['call.answered', 'phone'],
  ['call.held', 'phone'],
  ['call.resumed', 'phone'],
  ['call.transferred', 'phone'],
  ['call.abandoned', 'phone', { waitMs: 3000 }],
  ['call.ended', 'phone', { talkMs: 5, disposition: 'resolved' }],
  ['call.ended', 'phone', { wrapUpMs: '70.4', waitMs: 20_001 }],
  ['call.recorded', 'phone', { disposition: 'abandoned' }],
  ['call.recorded', 'phone', { talkMs: 9, holdMs: 2, transfers: 2 }],
  ['chat.started', 'chat'],
  ['chat.message', 'chat', { author: 'bot' }],
  ['chat.message', 'chat', { author: 'agent' }],
  ['chat.ended', 'chat', { outcome: 'unresolved' }],
  ['chat.ended', 'chat', { outcome: 'Abandoned' }],
  ['email.received', 'email'],
  ['email.sent', 'email'],
  ['social.messaged', 'social'],
  ['desk.visited', 'store', { talkMs: 40 }],
  ['case.opened', 'phone', { caseId: '1' }],
  ['case.updated', 'email', { caseId: '1' }],
  ['case.resolved', 'email', { caseId: '1' }],
  ['case.reopened', 'phone'],
];

/** What may happen, the kinds it is about, and the grid of its instants: deadlines are met exactly. */
const SCENES: readonly (readonly [string, readonly FactKind[], number, readonly Word[]])[] = [
  ['minutes of service', ['contact', 'issue'], 60_000, SERVICE],
  ['weeks of service', ['contact', 'issue', 'stage'], 12 * HOUR, SERVICE],
  [
    'visits and carts',
    ['session', 'cart', 'order'],
    6 * HOUR,
    [
      ['page.viewed', 'web'],
      ['cart.updated', 'web', { value: '40.00', currency: 'EUR', items: [{ quantity: 2 }, {}] }],
      ['cart.updated', 'web', { cartId: 'a', value: '50.00', currency: 'USD' }],
      ['cart.updated', 'mobile', { cartId: 'b' }],
      ['cart.updated', 'mobile', { cartId: 'c' }],
      ['checkout.started', 'web'],
      ['order.placed', 'web', { orderId: '1', value: '9.99', currency: 'eur', margin: 2 }],
      ['order.placed', 'mobile', { cartId: 'a', value: '1.5' }],
      ['order.cancelled', 'web', { orderId: '1' }],
      ['refund.issued', 'billing', { orderId: '1', value: '-3.00' }],
      ['refund.issued', 'billing', { orderId: '1', value: '4.00', currency: 'USD' }],
      ['store.purchased', 'store', { receiptId: 'r', items: 3 }],
      ['store.returned', 'store', { receiptId: 'r', value: 1 }],
    ],
  ],
  [
    'a day of visits',
    ['session'],
    15 * 60_000,
    [
      ['page.viewed', 'web'],
      ['product.viewed', 'mobile'],
      ['order.placed', 'web'],
      ['order.paid', 'web'],
    ],
  ],
  [
    'self-service',
    ['selfservice'],
    3 * HOUR,
    [
      ['selfservice.started', 'self-service', { flow: 'ivr' }],
      ['selfservice.completed', 'self-service', { flow: 'ivr' }],
      ['selfservice.failed', 'self-service', { flow: 'ivr', escalated: true }],
      ['selfservice.completed', 'self-service', { flow: 'help' }],
      ['call.queued', 'phone'],
      ['chat.message', 'chat', { author: 'agent' }],
      ['chat.message', 'chat', { author: 'bot' }],
    ],
  ],
  [
    'surveys',
    ['survey', 'invitation'],
    5 * 24 * HOUR,
    [
      ['survey.invited', 'email', { about: 'x' }],
      ['survey.invited', 'email', { about: 'x', instrument: 'nps' }],
      ['survey.invited', 'email', { about: 'y' }],
      ['survey.invited', 'email'],
      ['survey.answered', 'email', { about: 'x', instrument: 'nps', score: 9 }],
      ['survey.answered', 'email', { about: 'x', instrument: 'csat', score: 4 }],
      ['survey.answered', 'email', { instrument: 'ces', score: 2, polarity: 'negative' }],
      ['survey.answered', 'email', { instrument: 'nps', score: 4, scaleMin: 1, scaleMax: 5 }],
      ['survey.answered', 'email', { instrument: 'csat', score: 8 }],
      ['email.bounced', 'email', { about: 'x' }],
    ],
  ],
  [
    'promises',
    ['promise'],
    6 * HOUR,
    [
      ['promise.made', 'phone', { promiseId: 'p', dueAt: '2026-03-02T00:00:00Z' }],
      ['promise.made', 'phone', { promiseId: 'p', dueAt: '2026-03-03T12:00:00Z' }],
      ['promise.made', 'phone', { promiseId: 'p' }],
      ['promise.kept', 'phone', { promiseId: 'p' }],
      ['promise.cancelled', 'phone', { promiseId: 'p' }],
    ],
  ],
];

const SEQUENTIAL: readonly SequentialKind[] = [
  session,
  issue,
  cart,
  stage,
  selfservice,
  invitation,
];
const KEYED: readonly KeyedKind[] = [contact, order, survey, promise];

function happenings(words: readonly Word[], gridMs: number): fc.Arbitrary<Interaction[]> {
  const one = fc.record({
    word: fc.constantFrom(...words),
    step: fc.oneof(fc.nat(60), fc.nat(12)),
    shift: fc.constantFrom(0, 0, 0, -1, 1),
    id: fc.nat(1_000).map(String),
    source: fc.constantFrom('desk', 'shop'),
    conversation: fc.constantFrom(undefined, undefined, 'one', 'two'),
    topic: fc.constantFrom(undefined, 'billing', 'delivery'),
    direction: fc.constantFrom(undefined, undefined, 'inbound' as const, 'outbound' as const),
    stage: fc.constantFrom(undefined, 'use' as const, 'purchase' as const),
    campaign: fc.constantFrom(undefined, undefined, 'spring'),
  });
  return fc
    .uniqueArray(one, { maxLength: 30, selector: ({ source, id }) => `${source} ${id}` })
    .map((all) =>
      all.map(({ word: [type, channel, data = {}], step, shift, ...rest }) => {
        const occurredAt = new Date(START + step * gridMs + shift).toISOString();
        const identifiers = [{ type: 'userId', value: 'the one' }];
        const stamp = { occurredAt, receivedAt: occurredAt, tenant: TENANT, version: 0 };
        const fields = Object.entries(rest).filter(([, value]) => value !== undefined);
        return { ...Object.fromEntries(fields), ...stamp, type, channel, data, identifiers };
      }),
    ) as fc.Arbitrary<unknown> as fc.Arbitrary<Interaction[]>;
}

/** As shipped most of the time; on the grids of the scenes. */
const settings = fc.oneof(
  fc.constant(DEFAULT_SETTINGS),
  fc.record({
    issueWindowDays: fc.constantFrom(1, 2, 30, 90),
    sessionInactivityMs: fc.constantFrom(60_000, 900_000, HOUR, 6 * HOUR, 12 * HOUR),
  }),
);

function derivedByService(
  entries: readonly Entry[],
  watermark: number,
  thresholds: Thresholds,
): DerivedFact[] {
  const keyed = KEYED.flatMap((kind) => {
    const groups = Map.groupBy(entries, ({ interaction }) => kind.factId(interaction));
    return [...groups].flatMap(([id, group]) => {
      const fact = id && kind.derive(id, inOrder(group), watermark);
      return fact ? [settled(fact, watermark)] : [];
    });
  });
  return [
    ...keyed,
    ...SEQUENTIAL.flatMap((kind) => foldKind(kind, entries, watermark, thresholds)),
  ];
}

describe('facts', () => {
  it.each(SCENES)('are those of the service: %s', (_, kinds, gridMs, words) => {
    fc.assert(
      fc.property(happenings(words, gridMs), fc.nat(80), settings, (interactions, steps, set) => {
        const times = interactions.map(({ occurredAt }) => Date.parse(occurredAt));
        const watermark = Math.max(START + steps * gridMs, ...times);
        const { 'journey.facts': facts } = recompute({
          tenant: TENANT,
          secret: 'a secret',
          settings: { ...DEFAULT_SETTINGS, ...set },
          rules: SHIPPED_RULES,
          calls: [],
          interactions,
          watermark,
        });
        const entries = interactions.map((interaction) => ({
          tenant: TENANT,
          profileKey: '1',
          occurredAt: Date.parse(interaction.occurredAt),
          interaction,
        }));
        const expected = derivedByService(entries, watermark, {
          issueWindowMs: set.issueWindowDays * 24 * HOUR,
          sessionInactivityMs: set.sessionInactivityMs,
        }).map((fact) => {
          const {
            tenant: _,
            revision: __,
            profileId: ___,
            ...rest
          } = publicFact(fact, {
            profileId: '',
            revision: 0,
          });
          return rest;
        });
        const found = [...facts.values()].map((row) => {
          const { profileId: _, ...rest } = row as { profileId: string; kind: FactKind };
          return rest;
        });
        const sorted = (rows: readonly { kind: FactKind }[]) =>
          rows
            .filter(({ kind }) => kinds.includes(kind))
            .sort((a, b) => (String(Reflect.get(a, 'id')) < String(Reflect.get(b, 'id')) ? -1 : 1));
        expect(sorted(found)).toEqual(sorted(expected));
      }),
      { numRuns: RUNS },
    );
  });

  it('of every kind are held against the service here', () => {
    const held = new Set(SCENES.flatMap(([, kinds]) => kinds));
    expect(FACT_KINDS.filter((kind) => !held.has(kind))).toEqual([]);
  });
});
