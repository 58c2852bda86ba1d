import { expect, it } from '@jest/globals';
import { DEFAULT_THRESHOLDS } from '../thresholds.js';
import { DIRECTIONS } from '#contracts';
import { START, told } from '../told.fixture.js';
import type { Entry } from '../timeline.js';
import { cart } from './cart.js';
import { invitation } from './invitation.js';
import { issue } from './issue.js';
import { selfservice } from './selfservice.js';
import type { SequentialKind } from './sequential-kind.js';

/** What the engine allows all states of a profile, less what a session and the stages need; references aside. */
const OPEN_TEXT_MAX = 16_384 - 2_000;
const LONG = 'x'.repeat(99);

function flood(type: string, number: number): Entry {
  const name = `${LONG}${number}`;
  const inside = {
    cartId: name + name,
    caseId: name,
    about: name + name,
    flow: name,
    instrument: 'csat',
    value: '999999999.99',
    currency: 'EUR',
    items: [{ quantity: 1_000_000_000 }],
  };
  const channel = (['phone', 'self-service', 'messaging', 'social'] as const)[number % 4] ?? 'web';
  return told({
    id: `${type} ${number}`,
    source: LONG,
    profileKey: '9'.repeat(18),
    at: START + number,
    type,
    channel,
    direction: DIRECTIONS[0],
    conversation: `${name}${type}`,
    topic: `${LONG}${number % 7}`,
    touchpoint: LONG,
    agent: LONG,
    queue: LONG,
    product: LONG,
    campaign: LONG,
    store: LONG,
    stage: 'interaction',
    tenant: 'a-tenant-with-a-long-name',
    data: inside,
  });
}

function openText<State>(kind: SequentialKind<State>, type: string): number {
  let state = kind.start;
  for (let number = 0; number < 200; number++)
    state = kind.evolve(
      state,
      { kind: 'interaction', entry: flood(type, number) },
      DEFAULT_THRESHOLDS,
    ).state;
  return JSON.stringify(state, (name, value: unknown) =>
    name === 'interactions' ? undefined : value,
  ).length;
}

it('keeps the open items of a flood of long names within what a profile may hold', () => {
  const lengths = [
    openText(issue, 'case.opened'),
    openText(cart, 'cart.updated'),
    openText(selfservice, 'selfservice.started'),
    openText(invitation, 'survey.invited'),
  ];
  expect(Math.min(...lengths)).toBeGreaterThan(1_000);
  expect(lengths.reduce((sum, length) => sum + length)).toBeLessThan(OPEN_TEXT_MAX);
});
