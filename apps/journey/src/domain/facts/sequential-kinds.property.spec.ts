import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Channel, Stage } from '#contracts';
import type { DerivedFact } from '../derived-fact.js';
import { inOrder, type Entry } from '../timeline.js';
import { START, told } from '../told.fixture.js';
import { cart } from './cart.js';
import { foldKind, passedUntil, wasCutShort } from './fold.fixture.js';
import { invitation } from './invitation.js';
import { issue } from './issue.js';
import { listedRefs } from '../naive-derivation.fixture.js';
import { naiveSequential, type NaiveSequentialFact } from './naive-sequential.fixture.js';
import { selfservice } from './selfservice.js';
import { stage } from './stage.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Kind = readonly [type: string, channel: Channel, data?: Readonly<Record<string, unknown>>];
const WORDS: Readonly<Record<string, readonly Kind[]>> = {
  issue: [
    ['call.queued', 'phone'],
    ['call.answered', 'phone'],
    ['call.ended', 'phone', { talkMs: 5, disposition: 'resolved' }],
    ['call.recorded', 'phone', { disposition: 'abandoned' }],
    ['email.received', 'email'],
    ['email.sent', 'email'],
    ['chat.message', 'chat', { author: 'bot' }],
    ['chat.message', 'chat', { author: 'agent' }],
    ['chat.ended', 'chat', { outcome: 'unresolved' }],
    ['case.opened', 'phone', { caseId: '1' }],
    ['case.resolved', 'email', { caseId: '1' }],
    ['case.reopened', 'phone'],
    ['case.resolved', 'phone'],
  ],
  cart: [
    ['cart.updated', 'web', { value: '40.00', currency: 'EUR' }],
    ['cart.updated', 'web', { cartId: 'a', value: '50.00', currency: 'USD' }],
    ['cart.updated', 'mobile', { cartId: 'b' }],
    ['checkout.started', 'web'],
    ['order.placed', 'web'],
    ['order.placed', 'mobile', { cartId: 'a' }],
  ],
  selfservice: [
    ['selfservice.started', 'self-service', { flow: 'ivr' }],
    ['selfservice.completed', 'self-service', { flow: 'ivr' }],
    ['selfservice.failed', 'self-service', { flow: 'ivr', escalated: true }],
    ['selfservice.completed', 'self-service', { flow: 'help' }],
    ['call.queued', 'phone'],
    ['email.received', 'email'],
    ['chat.message', 'chat', { author: 'agent' }],
  ],
  invitation: [
    ['survey.invited', 'email', { about: 'x' }],
    ['survey.invited', 'email', { about: 'x', instrument: 'nps' }],
    ['survey.invited', 'email'],
    ['survey.answered', 'email', { about: 'x', instrument: 'nps', score: 9 }],
    ['survey.answered', 'email', { about: 'x', instrument: 'csat', score: 4 }],
    ['survey.answered', 'email', { instrument: 'csat', score: 4 }],
    ['email.bounced', 'email', { about: 'x' }],
  ],
  stage: [['page.viewed', 'web']],
};
const GRID: Readonly<Record<string, number>> = {
  issue: 12 * HOUR,
  cart: 6 * HOUR,
  selfservice: 3 * HOUR,
  invitation: 5 * DAY,
  stage: HOUR,
};
const LENGTH: Readonly<Record<string, number>> = { cart: 12, selfservice: 14, invitation: 14 };

const history = (name: string): fc.Arbitrary<Entry[]> =>
  fc
    .uniqueArray(
      fc.record({
        word: fc.constantFrom(...(WORDS[name] ?? [])),
        step: fc.oneof(fc.nat(80), fc.nat(12)),
        shift: fc.constantFrom(0, 0, 0, -1, 1),
        id: fc.nat(1_000),
        source: fc.constantFrom('desk', 'shop'),
        conversation: fc.constantFrom(undefined, undefined, 'one', 'two'),
        topic: fc.constantFrom(undefined, 'billing', 'delivery'),
        direction: fc.constantFrom(undefined, 'inbound', 'outbound', 'internal'),
        stage: fc.constantFrom<(Stage | undefined)[]>(undefined, 'use', 'purchase', 'discovery'),
      }),
      { maxLength: LENGTH[name] ?? 30, selector: ({ source, id }) => `${source} ${id}` },
    )
    .map((all) =>
      all.map(({ word: [type, channel, data = {}], step, shift, id, ...rest }) =>
        told({
          ...(Object.fromEntries(
            Object.entries(rest).filter(([, value]) => value !== undefined),
          ) as object),
          id: String(id),
          type,
          channel,
          data,
          at: START + step * (GRID[name] ?? HOUR) + shift,
        }),
      ),
    );

const KINDS = { issue, cart, selfservice, invitation, stage };
const watermarks = fc.integer({ min: -1, max: 100 }).map((steps) => START + steps * 6 * HOUR);

function plain({ tenant: _, interactions, ...fact }: DerivedFact): NaiveSequentialFact {
  return {
    ...fact,
    dims: { ...fact.dims },
    measures: { ...fact.measures },
    refs: [...interactions.first].map(({ source, id }) => `${source}/${id}`),
  } as NaiveSequentialFact;
}

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s', (name) => {
  it('is what a look at the whole timeline says, whatever the order of arrival and the watermark', () => {
    fc.assert(
      fc.property(history(name), watermarks, (entries, watermark) => {
        const folded =
          name === 'issue'
            ? foldKind(issue, entries, watermark)
            : name === 'cart'
              ? foldKind(cart, entries, watermark)
              : name === 'selfservice'
                ? foldKind(selfservice, entries, watermark)
                : name === 'invitation'
                  ? foldKind(invitation, entries, watermark)
                  : foldKind(stage, entries, watermark);
        fc.pre(!folded.some(wasCutShort));
        const said = naiveSequential(inOrder(entries), passedUntil(entries, watermark)).filter(
          ({ kind }) => kind === name,
        );
        const order = (a: NaiveSequentialFact, b: NaiveSequentialFact) => (a.id < b.id ? -1 : 1);
        const listed = said.map((fact) => ({ ...fact, refs: listedRefs(fact) }));
        expect(folded.map(plain).sort(order)).toEqual(listed.sort(order));
      }),
      { numRuns: 400 },
    );
  });
});
