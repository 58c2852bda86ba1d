import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HEADER, nameIdentifier, nameInteraction, recordKey, TOPIC } from '#contracts';
import type { ErasureRequested } from '#contracts';
import { Secret } from '#runtime';
import { backends, eventually } from '#testing';
import { logName } from './domain/stream-position.js';
import { StreamIds } from './adapters/http/stream-ids.js';
import {
  correction,
  openStreams,
  profile,
  type RunningStreams,
} from './running-streams.fixture.js';

jest.setTimeout(90_000);

const brokers = backends().kafkaBrokers.join(',');
const LOGS: readonly { name: string; kind: Record<string, string> }[] = [
  { name: 'postgres', kind: {} },
  ...(brokers === ''
    ? []
    : [{ name: 'kafka', kind: { TOUCHLINE_LOG: 'kafka', KAFKA_BROKERS: brokers } }]),
];

describe.each(LOGS)('the stream, on $name', ({ kind }) => {
  let streams: RunningStreams;
  beforeAll(async () => {
    streams = await openStreams(kind);
  });
  afterEach(() => streams.leaveAll());
  afterAll(() => streams.stop());

  it('tells what comes from now on: typed, with its cause, and what is no more', async () => {
    await streams.append([correction('own', 0)]);
    const client = await streams.open('own', '?types=kpi.corrected,profile.*');
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await streams.append([
      correction('own', 1),
      profile('own', 7, { value: 'jane@example.com' }),
      profile('own', 7, undefined),
    ]);
    await eventually(() => expect(client.events.length).toBe(3), { timeoutMs: 20_000 });
    const [corrected] = client.events.filter(({ type }) => type === 'kpi.corrected');
    expect(corrected?.body).toMatchObject({
      type: 'kpi.corrected',
      tenant: 'own',
      subject: 'orders/1/1',
      revision: 1,
      cause: 'late',
      causeref: 'shop/1',
      payload: { kpi: 'orders', n: 1 },
    });
    const [changed, gone] = client.events.filter(({ type }) => type === 'profile.changed');
    expect(changed?.body).toMatchObject({ profileId: 'profile-7' });
    expect(JSON.stringify(client.events)).not.toContain('profileKey');
    expect(gone?.body).toMatchObject({
      deleted: true,
      subject: changed?.body['subject'],
      payload: null,
    });
  });

  it('tells a tenant nothing of another, not even by its ids', async () => {
    const own = await streams.open('own');
    const other = await streams.open('other');
    await streams.append([correction('own', 2), correction('other', 3), profile('other', 8)]);
    await eventually(() => expect([own.events.length, other.events.length]).toEqual([1, 2]), {
      timeoutMs: 20_000,
    });
    expect(own.text()).not.toMatch(/"tenant":"other"|shop\/3/u);
    const crossed = await streams.open('own', '', { 'last-event-id': other.lastId() });
    expect(crossed.status).toBe(422);
  });

  it('refuses types that there are none of with the list, and ids of another log', async () => {
    const unknown = await streams.open('own', '?types=kpi.updated,tenant.changed');
    expect(unknown.status).toBe(422);
    expect(unknown.text()).toMatch(/journey\.session.*kpi\.\*/u);
    const id = streams
      .get(StreamIds)
      .seal('own', { log: logName('another'), issuedAt: 1, places: [] });
    const gone = await streams.open('own', '', { 'last-event-id': id });
    expect(gone.status).toBe(410);
    expect(gone.text()).toContain('stream-position-gone');
  });

  it('says so when the log no longer holds all that came after an id', async () => {
    const types = '?types=kpi.corrected';
    await streams.append([correction('own', 4)]);
    const first = await streams.open('own', `${types}&from=start`);
    await eventually(() => expect(first.events.length).toBeGreaterThan(0), { timeoutMs: 20_000 });
    const position = streams.get(StreamIds).open('own', first.events[0]?.id ?? '');
    const away = { log: '', places: [], ...position, issuedAt: 1 };
    const ids = [streams.get(StreamIds).seal('own', away)];
    if (await streams.expire()) ids.push(first.events[0]?.id ?? '');
    for (const id of ids) {
      const client = await streams.open('own', types, { 'last-event-id': id });
      await eventually(() => expect(client.events[0]?.type).toBe('gap'));
      client.leave();
    }
  });

  it('loses and repeats nothing to a client that comes back from random points', async () => {
    const wanted = Array.from({ length: 400 }, (_, n) => correction('own', 1_000 + n));
    const first = await streams.open('own', '?types=kpi.corrected');
    const start = await eventually(() => {
      expect(first.lastId()).not.toBe('');
      return first.lastId();
    });
    first.leave();
    const told: string[] = [];
    let id = start;
    const appending = (async () => {
      for (let at = 0; at < wanted.length; at += 40)
        await streams.append([
          ...wanted.slice(at, at + 40),
          ...wanted.slice(at, at + 40).map((_, n) => correction('other', 5_000 + at + n)),
        ]);
    })();
    for (let cut = 1; told.length < wanted.length; cut = (cut * 7) % 60) {
      const client = await streams.open('own', '?types=kpi.corrected', { 'last-event-id': id });
      await eventually(() => expect(client.events.length).toBeGreaterThan(0), {
        timeoutMs: 20_000,
      });
      client.leave();
      const got = client.events.slice(0, cut + 1);
      told.push(...got.map(({ body }) => String(body['causeref'])));
      id = got.at(-1)?.id ?? id;
    }
    await appending;
    const expected = wanted.map(({ headers }) => headers[HEADER.causeRef]);
    expect(told.length).toBe(expected.length);
    expect(new Set(told)).toEqual(new Set(expected));
  });

  it('keeps little for a client that does not read, and gives it all when it does', async () => {
    const client = await streams.open('own', '?types=kpi.corrected');
    await eventually(() => expect(client.lastId()).not.toBe(''));
    client.pause();
    const large = 'x'.repeat(20_000);
    for (let at = 0; at < 60; at++)
      await streams.append(
        Array.from({ length: 25 }, (_, n) => correction('own', 10_000 + 25 * at + n, large)),
      );
    expect(streams.bytesWaiting()).toBeLessThan(3_000_000);
    client.resume();
    await eventually(() => expect(client.events.length).toBe(1_500), { timeoutMs: 30_000 });
    expect(new Set(client.events.map(({ body }) => body['causeref'])).size).toBe(1_500);
  });

  it('has a place for so many, tells the next when to ask again, and gives places free', async () => {
    const open = await Promise.all([1, 2, 3].map(() => streams.open('other', '?types=kpi.*')));
    const refused = await streams.open('other');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    open[0]?.leave();
    await eventually(async () => {
      const again = await streams.open('other');
      expect(again.status).toBe(200);
    });
  });

  it('leaves out what was erased since, and goes on telling that it is no more', async () => {
    const { value: secret } = streams.get(Secret);
    const erased = { type: 'email', value: 'gone@example.com' };
    const stays = profile('own', 22, { value: 'stays@example.com' });
    const named = { tenant: 'own', source: 'shop', id: 'erased-1' };
    await streams.append([
      profile('own', 21, { value: erased.value }),
      { ...stays, headers: { ...stays.headers, [HEADER.causeRef]: 'shop/erased-1' } },
      profile('own', 21, undefined),
    ]);
    const before = await streams.open('own', '?types=profile.*&from=start');
    await eventually(() => expect(before.text()).toContain(erased.value), { timeoutMs: 20_000 });
    const request: ErasureRequested = {
      tenant: 'own',
      erasureId: 'erasure-1',
      at: new Date().toISOString(),
      part: 1,
      parts: 1,
      interactions: [nameInteraction(secret, named)],
      identifiers: [{ type: erased.type, name: nameIdentifier(secret, 'own', erased) }],
      filings: [],
      remains: [],
      calls: [],
    };
    await streams.append([
      {
        topic: TOPIC.erasureRequested.name,
        key: recordKey('own', 'erasure-1', 1),
        headers: { [HEADER.tenant]: 'own' },
        value: Buffer.from(JSON.stringify(request)),
      },
    ]);
    await eventually(
      async () => {
        await streams.leaveAll();
        const after = await streams.open('own', '?types=profile.*&from=start');
        await eventually(() => expect(after.text()).toContain('stays@example.com'));
        await eventually(() => expect(after.text()).toContain('"causeref":"erasure-1"'));
        expect(after.text()).not.toContain(erased.value);
        expect(after.text()).not.toContain('shop/erased-1');
        const deleted = after.events.filter(({ body }) => body['deleted'] === true);
        expect(deleted.length).toBeGreaterThan(0);
      },
      { timeoutMs: 30_000, everyMs: 200 },
    );
  });

  it('counts what it does, and cuts a client that takes nothing', async () => {
    expect(await streams.metric('touchline_stream_events_total')).toBeGreaterThan(1_900);
    const client = await streams.open('own', '?types=kpi.corrected&from=start');
    client.pause();
    await eventually(
      async () =>
        expect(await streams.metric('touchline_streams_ended_total{reason="slow"}')).toBe(1),
      { timeoutMs: 20_000, everyMs: 200 },
    );
    await eventually(async () => expect(await streams.metric('touchline_streams_open')).toBe(0), {
      timeoutMs: 20_000,
    });
  });

  it('ends when its key is revoked', async () => {
    const client = await streams.open('own');
    await streams.revoke('own');
    await eventually(() => expect(client.hasEnded()).toBe(true), { timeoutMs: 20_000 });
    expect(client.text()).toContain('event: end\ndata: {"reason":"key-revoked"}');
    expect((await streams.open('own')).status).toBe(401);
  });

  it('ends with the process, soon, and says when to come back', async () => {
    const client = await streams.open('other');
    const before = performance.now();
    await streams.stop();
    expect(performance.now() - before).toBeLessThan(10_000);
    await eventually(() => expect(client.hasEnded()).toBe(true));
    expect(client.text()).toMatch(/: this process goes down.*\nretry: 2000\n\n$/u);
  });
});
