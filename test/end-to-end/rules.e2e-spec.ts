import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import { createSources } from '../../apps/cli/src/create-sources.js';
import type { LedgerItem } from '../../apps/cli/src/demo/correction-story.js';
import type { Figure } from '../../apps/cli/src/demo/kpi-reader.js';
import { expectVerified } from './expect-verified.js';
import { PUBLISHED_SOON } from './published-soon.js';
import { type Flavour, flavours, type Stack } from './stack.js';

interface Rules {
  readonly version: number;
  readonly levels: readonly (readonly { readonly type: string }[])[];
}

const SAID = { reason: 'addresses are per household', actor: 'steward' };
const HOUR = '2026-03-02T10';
const KPIS = `from=${HOUR}:00:00Z&to=2026-03-02T11:00:00Z`;
const PATIENCE = { timeoutMs: 60_000 };

let stack: Stack;
let isReady = false;
const sees = async (minute: string, ...texts: string[]): Promise<void> => {
  const identifiers = texts.map((text) => {
    const [type = '', value = ''] = text.split(/:(.*)/s);
    return { type, value };
  });
  const { rejected } = await new HttpSink(stack.client).post([
    {
      source: 'web',
      id: `view ${minute}`,
      type: 'page.viewed',
      channel: 'web',
      occurredAt: `${HOUR}:${minute}:00Z`,
      identifiers,
    },
  ]);
  expect(rejected).toEqual([]);
};

const get = (path: string): Promise<unknown> => stack.client.get(path);
const sessions = async (): Promise<Figure> => (await get(`/v1/kpis/sessions?${KPIS}`)) as Figure;

/** Waits until so many sessions are counted, and published. */
async function untilPublished(value: number): Promise<void> {
  await eventually(async () => {
    const asOf = new Date().toISOString();
    expect(await sessions()).toMatchObject({ value });
    expect(await get(`/v1/kpis/sessions?${KPIS}&asOf=${asOf}`)).toMatchObject({ value });
  }, PATIENCE);
}

/** Other limits for a type, brought into force. */
async function activate(type: string, perProfile: number): Promise<number> {
  const { levels, ...rest } = (await get('/v1/identity/rules')) as Rules;
  const changed = levels.map((types) =>
    types.map((rule) => (rule.type === type ? { ...rule, perProfile } : rule)),
  );
  const body = { ...rest, levels: changed, ...SAID };
  const { version } = (await stack.client.post('/v1/identity/rules', body)) as Rules;
  await eventually(async () => {
    const activation = await get(`/v1/identity/rules/activations/${version}`);
    expect(activation).toMatchObject({ state: 'done' });
  }, PATIENCE);
  return version;
}

async function corrections(): Promise<LedgerItem[]> {
  const path = `/v1/kpis/sessions/corrections?${KPIS}`;
  return ((await get(path)) as { items: LedgerItem[] }).items;
}

describe('rules that change, carried through to the numbers', () => {
  beforeAll(async () => {
    const [embedded] = flavours() as [Flavour];
    stack = await embedded.start(PUBLISHED_SOON);
    await createSources(stack.client, ['web']);
    isReady = true;
  }, 120_000);
  afterAll(() => (isReady ? stack.stop() : undefined), 60_000);

  it('split a customer and join the parts again: sessions, corrections with their cause, verify', async () => {
    await sees('01', 'userId:jane', 'email:jane@example.com');
    await sees('05', 'userId:jane', 'email:home@example.com');
    await sees('09', 'email:home@example.com');
    await untilPublished(1);

    const split = await activate('email', 1);
    await untilPublished(2);
    await expectVerified(stack);

    const joined = await activate('email', 5);
    await untilPublished(1);
    await expectVerified(stack);

    const told = (await corrections()).map((item) => [item.old.n, item.new.n, item.causes]);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual([1, 2, [expect.objectContaining(rulesOf(split))]]);
    expect(told).toContainEqual([2, 1, [expect.objectContaining(rulesOf(joined))]]);
    const profile = await get('/v1/profiles?identifier=email:home@example.com');
    const { profileId } = profile as { profileId: string };
    const { history } = (await get(`/v1/profiles/${profileId}/identity`)) as {
      history: { kind: string; cause: string; ref: string }[];
    };
    const moves = history.filter(({ kind }) => ['split', 'joined'].includes(kind));
    expect(moves.map(({ kind, cause, ref }) => [kind, cause, ref])).toEqual(
      [
        ['joined', 'rules', String(joined)],
        ['split', 'rules', String(split)],
        ['joined', 'evidence', ''],
      ].slice(0, moves.length),
    );
    expect(moves.length).toBeGreaterThanOrEqual(2);
  }, 300_000);
});

const rulesOf = (version: number): object => ({ cause: 'rules', ref: String(version) });
