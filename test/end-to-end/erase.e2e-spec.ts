import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simulate, SOURCES } from '#simulator';
import { eventually } from '#testing';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import { createSources } from '../../apps/cli/src/create-sources.js';
import type { Draft } from '../../apps/cli/src/domain/map-record.js';
import { expectVerified } from './expect-verified.js';
import { flavours, type Stack } from './stack.js';

const { interactions } = simulate({
  seed: 'erased',
  customers: 30,
  days: 10,
  rate: 2,
  startAt: Date.UTC(2026, 2, 1),
});

interface Accepted {
  readonly receipt: string;
}

describe.each(flavours())('customers erased, on $name', (flavour) => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await flavour.start();
    await createSources(stack.client, SOURCES);
    await post(stack);
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('are out of every service, and what is left follows from the archive', async () => {
    await expectVerified(stack);
    const ids = await profileIds(stack, 4);
    for (const id of ids) {
      const { receipt } = (await stack.client.delete(`/v1/profiles/${id}`)) as Accepted;
      await eventually(
        async () => {
          expect(await stack.client.get(receipt)).toMatchObject({ state: 'done' });
        },
        { timeoutMs: 60_000, everyMs: 200 },
      );
      await expect(stack.client.get(`/v1/profiles/${id}`)).rejects.toThrow(/no such profile/u);
    }
    await expectVerified(stack);
    // The same again, as a retry or a replay would send it: nothing comes back.
    await post(stack);
    await expectVerified(stack);
    for (const id of ids)
      await expect(stack.client.get(`/v1/profiles/${id}`)).rejects.toThrow(/no such profile/u);
  }, 240_000);
});

async function post({ client }: Stack): Promise<void> {
  const sink = new HttpSink(client);
  const drafts = interactions.map(({ post: draft }) => draft as unknown as Draft);
  for (let at = 0; at < drafts.length; at += 100) {
    const { rejected } = await sink.post(drafts.slice(at, at + 100));
    expect(rejected).toEqual([]);
  }
}

async function profileIds({ client }: Stack, count: number): Promise<string[]> {
  const ids = new Set<string>();
  for (const { type, value } of interactions.flatMap(
    ({ post: { identifiers } }) => identifiers ?? [],
  )) {
    if (ids.size === count) break;
    if (type !== 'email') continue;
    const text = encodeURIComponent(`${type}:${value}`);
    const found = (await client.get(`/v1/profiles?identifier=${text}`)) as { profileId: string };
    ids.add(found.profileId);
  }
  return [...ids];
}
