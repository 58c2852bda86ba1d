import { afterEach, describe, expect, it } from '@jest/globals';
import { FACT_TOPIC, HEADER } from '#contracts';
import { simulate, SOURCES } from '#simulator';
import { eventually } from '#testing';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import { createSources } from '../../apps/cli/src/create-sources.js';
import { identifiersUsed } from '../../apps/cli/src/demo/load-demo.js';
import type { Draft } from '../../apps/cli/src/domain/map-record.js';
import { type Asked, canonicalDump } from './canonical-dump.js';
import { expectVerified } from './expect-verified.js';
import { type Flavour, flavours, type Stack } from './stack.js';
import { recordsOf } from './what-is-left.js';

const simulation = simulate({
  seed: 'settings',
  customers: 15,
  days: 10,
  rate: 2,
  startAt: Date.UTC(2026, 2, 1),
});
const asked: Asked = {
  identifiers: identifiersUsed(simulation),
  kpis: ['sessions', 'conversion-rate', 'first-contact-resolution', 'repeat-contact-rate'],
  from: '2026-02-20',
  to: '2026-03-20',
};

let stack: Stack;
afterEach(() => stack?.stop(), 60_000);

const value = async (kpi: string): Promise<number> => {
  const path = `/v1/kpis/${kpi}?from=${asked.from}&to=${asked.to}`;
  return ((await stack.client.get(path)) as { value: number }).value;
};

async function set(body: object): Promise<Response> {
  return fetch(`${stack.url}/v1/settings`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function references(): Promise<string[]> {
  const log = await openLog(stack.environment);
  try {
    return (await recordsOf(log, Object.values(FACT_TOPIC)))
      .filter(({ headers }) => headers[HEADER.cause] === 'rules')
      .map(({ headers }) => headers[HEADER.causeRef] ?? '');
  } finally {
    await log.close();
  }
}

describe('settings that facts are derived by', () => {
  it('carry through to facts and KPIs, for what was there and what comes, and back again', async () => {
    const [embedded] = flavours() as [Flavour];
    stack = await embedded.start();
    await createSources(stack.client, SOURCES);
    const drafts = simulation.interactions.map(({ post }) => post as unknown as Draft);
    const half = drafts.length >> 1;
    const sink = new HttpSink(stack.client);
    const post = async (some: readonly Draft[]) => {
      for (let at = 0; at < some.length; at += 50) await sink.post(some.slice(at, at + 50));
    };
    await post(drafts.slice(0, half));
    await expectVerified(stack);
    expect(await references()).toEqual([]);

    const changing = set({ issueWindowDays: 1, sessionInactivityMs: 120_000 });
    await post(drafts.slice(half));
    expect(await (await changing).json()).toMatchObject({ issueWindowDays: 1, zone: 'UTC' });
    await expectVerified(stack);
    const narrow = {
      sessions: await value('sessions'),
      repeats: await value('repeat-contact-rate'),
    };
    const dump = await canonicalDump(stack, asked);
    const told = new Set(await references());
    expect([...told].every((ref) => /^settings\/\d+$/.test(ref))).toBe(true);
    expect(told.size).toBe(1);
    const { items } = (await stack.client.get('/v1/replays/journey')) as {
      items: { status: string; requestedBy: string }[];
    };
    expect(items).toMatchObject([{ status: 'done', requestedBy: [...told][0] }]);

    await set({ issueWindowDays: 7, sessionInactivityMs: 1_800_000 });
    await expectVerified(stack);
    await eventually(async () => {
      expect(await value('sessions')).toBeLessThan(narrow.sessions);
      expect(await value('repeat-contact-rate')).toBeGreaterThan(narrow.repeats);
    });
    expect(await canonicalDump(stack, asked)).not.toEqual(dump);

    await set({ issueWindowDays: 1, sessionInactivityMs: 120_000 });
    await expectVerified(stack);
    await eventually(async () => expect(await canonicalDump(stack, asked)).toEqual(dump));
    for (const wrong of [
      { issueWindowDays: 0 },
      { issueWindowDays: 91 },
      { sessionInactivityMs: 59_999 },
      { sessionInactivityMs: 43_200_001 },
    ])
      expect((await set(wrong)).status).toBe(422);
  }, 180_000);
});
