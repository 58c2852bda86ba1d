import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, SERVICES, TOPIC, recordKey } from '#contracts';
import type { ErasureDone, ErasureRequested } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { eventually } from '#testing';
import { startIdentity } from './testing/running-identity.fixture.js';
import type { RunningIdentity } from './testing/running-identity.fixture.js';

let identity: RunningIdentity;

beforeAll(async () => {
  identity = await startIdentity();
}, 60_000);

afterAll(() => identity.stop());

async function idOf(identifier: string): Promise<string> {
  const query = encodeURIComponent(identifier);
  const { body } = await identity.ask(`/v1/profiles?identifier=${query}`);
  return String(body['profileId']);
}

const because = { reason: 'jane.roe@example.com said so', actor: 'agent of Jane' };

describe('an erasure over HTTP', () => {
  it('takes a customer out of every table and topic; nobody gains; the receipt says who did what', async () => {
    await identity.sees('userId:jane-4711', 'email:jane.roe@example.com');
    await identity.sees('userId:joe-0815', 'email:bloggs@example.com');
    await identity.sees('userId:joe-0815', 'deviceId:tablet-1');
    await identity.sees('userId:jane-4711', 'deviceId:tablet-1');
    await identity.sees('deviceId:tablet-1');
    await identity.sees('email:bloggs@example.com', 'email:jane.roe@example.com');
    await identity.ask('/v1/identity/unmerge', {
      a: 'userId:jane-4711',
      b: 'userId:joe-0815',
      ...because,
    });
    const told = await identity.follow(TOPIC.interactionIdentified);
    const requested = await identity.follow(TOPIC.erasureRequested);
    const done = await identity.follow(TOPIC.erasureDone);
    const jane = await idOf('userId:jane-4711');
    const joe = await idOf('userId:joe-0815');
    const joesBefore = (await identity.ask(`/v1/profiles/${joe}`)).body;
    expect(await identity.everything()).toContain('jane');

    const { status, body } = await identity.remove(`/v1/profiles/${jane}?actor=dpo&reason=asked`);
    expect(status).toBe(202);
    const { erasureId, receipt } = body as { erasureId: string; receipt: string };

    expect((await identity.ask(`/v1/profiles/${jane}`)).status).toBe(404);
    expect((await identity.remove(`/v1/profiles/${jane}`)).status).toBe(404);
    const joes = (await identity.ask(`/v1/profiles/${joe}`)).body;
    expect(joes).toEqual(joesBefore);
    const joesIdentity = JSON.stringify((await identity.ask(`/v1/profiles/${joe}/identity`)).body);
    expect(joesIdentity).not.toMatch(/ erased |jane/u);
    const kept = await identity.everything();
    expect(kept.split('\n').filter((row) => row.includes('jane'))).toEqual([]);

    await eventually(() => expect([requested.length, done.length]).toEqual([1, 1]));
    const request = JSON.parse(requested[0]?.value?.toString() ?? '') as ErasureRequested;
    expect(request).toMatchObject({ tenant: 'default', erasureId, part: 1, parts: 1 });
    expect(JSON.stringify(request)).not.toContain('jane');
    const own = JSON.parse(done[0]?.value?.toString() ?? '') as ErasureDone;
    const gone = told.filter(({ value }) => value === null);
    expect(own.stores).toMatchObject({ interactions: gone.length, refiled: 1, calls: 1 });
    const [refiled] = told.filter(({ headers }) => headers[HEADER.refiled] !== undefined);
    expect(refiled?.headers).toMatchObject({
      [HEADER.cause]: 'erasure',
      [HEADER.causeRef]: erasureId,
      [HEADER.profileId]: joe,
    });

    const running = await identity.ask(receipt);
    expect(running.body).toMatchObject({ state: 'running', actor: 'dpo', reason: 'asked' });
    const others = SERVICES.filter((service) => service !== 'identity');
    await identity.append(
      others.map((service) => ({
        topic: TOPIC.erasureDone.name,
        key: recordKey('default', erasureId, 1, service),
        headers: { [HEADER.tenant]: 'default' },
        value: Buffer.from(JSON.stringify({ ...own, service, stores: { rows: 2 } })),
      })),
    );
    await eventually(async () => {
      const { body: whole } = await identity.ask(receipt);
      expect(whole).toMatchObject({ erasureId, state: 'done', parts: 1 });
      expect(whole['services']).toContainEqual(
        expect.objectContaining({ service: 'journey', partsDone: 1, stores: { rows: 2 } }),
      );
    });
    expect((await identity.ask('/v1/erasures/none')).status).toBe(404);
  });

  it('is not undone by a record that nobody can read, or the log does not take, and that comes later', async () => {
    await identity.sees('userId:ruth-1', 'email:ruth@example.com');
    const receivedAt = new Date().toISOString();
    const { status } = await identity.remove(`/v1/profiles/${await idOf('userId:ruth-1')}`);
    expect(status).toBe(202);
    const unreadable = (text: string): OutgoingRecord => ({
      topic: TOPIC.interactionAccepted.name,
      key: recordKey('default', 'one partition'),
      headers: { [HEADER.tenant]: 'default', [HEADER.receivedAt]: receivedAt },
      value: Buffer.from(text),
    });
    await identity.append([unreadable('{"identifiers": ["ruth@example.com"'), unreadable('{oops')]);
    const setAside = async (): Promise<readonly string[]> => {
      const { body } = await identity.ask('/v1/dead-letters/identity');
      const items = body['items'] as readonly { readonly value: string }[];
      return items.map(({ value }) => Buffer.from(value, 'base64').toString().trim());
    };
    await eventually(async () => expect(await setAside()).toContain('{oops'));
    expect(await setAside()).toEqual(['{oops']);
    const large = ' '.repeat(1_000_001);
    await identity.publish([unreadable(`ruth@example.com${large}`), unreadable(`who${large}`)]);
    await eventually(async () => expect(await setAside()).toContain('who'));
    expect(await setAside()).toEqual(['who', '{oops']);
    expect(await identity.everything()).not.toContain('ruth');
  });
});
