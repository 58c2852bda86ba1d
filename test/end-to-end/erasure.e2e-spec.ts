import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FACT_TOPIC, HEADER, recordKey, TOPIC } from '#contracts';
import { type EventLog, openPostgresLog } from '#event-log';
import { eventually } from '#testing';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import { isIdle } from '../golden/idle.js';
import { expectVerified } from './expect-verified.js';
import { type Flavour, flavours, type Stack } from './stack.js';
import { streamed } from './streamed.js';
import { compacted, everythingIn, recordsOf, tablesOf } from './what-is-left.js';

const TENANT = 'default';
const DAY = '2026-03-02';
const PATIENCE = { timeoutMs: 90_000, everyMs: 200 };
const DAY_MS = 86_400_000;

const id = (type: string, value: string) => ({ type, value });
const JANE = {
  user: id('userId', 'u-janeroe'),
  email: id('email', 'jane.roe@example.com'),
  phone: id('phone', '+4915112345678'),
  device: id('deviceId', 'd-janeroe'),
};
const JOE = { user: id('userId', 'u-joe'), email: id('email', 'joe@example.com') };
const TABLET = id('anonymousId', 'family-tablet');

interface Posted {
  readonly id: string;
  readonly type: string;
  readonly channel: string;
  readonly at: string;
  readonly [member: string]: unknown;
}

const interaction = ({ at, source = 'web', ...rest }: Posted) => ({
  source,
  occurredAt: `${DAY}T${at}:00.000Z`,
  ...rest,
});
const page = (name: string, at: string, identifiers: readonly object[], rest: object = {}) =>
  interaction({ id: name, type: 'page.viewed', channel: 'web', at, identifiers, ...rest });

/** Hers: all of it is erased. In the words of what she said, too. */
const HERS = [
  page('janeroe-1', '09:00', [JANE.device]),
  page('janeroe-2', '09:05', [JANE.device, JANE.user], { data: { note: 'of Jane Roe' } }),
  page('janeroe-3', '09:20', [TABLET, JANE.user, JANE.email]),
  interaction({
    id: 'janeroe-order',
    type: 'order.placed',
    channel: 'web',
    at: '09:25',
    identifiers: [JANE.user],
    data: { orderId: 'janeroe-4711', value: '99.90', currency: 'EUR' },
  }),
  interaction({
    id: 'janeroe-order',
    type: 'order.placed',
    channel: 'web',
    at: '09:25',
    version: 1,
    identifiers: [JANE.user],
    data: { orderId: 'janeroe-4711', value: '89.90', currency: 'EUR', to: 'Jane Roe' },
  }),
  interaction({
    id: 'janeroe-call',
    source: 'calls',
    type: 'call.recorded',
    channel: 'phone',
    direction: 'inbound',
    topic: 'delivery',
    at: '11:00',
    identifiers: [{ type: 'phone', value: '0151 12345678' }, JANE.user],
    conversation: 'janeroe-talk',
    data: { waitMs: 1000, talkMs: 60_000, disposition: 'answered' },
  }),
  interaction({
    id: 'janeroe-survey',
    type: 'survey.answered',
    channel: 'email',
    at: '12:00',
    identifiers: [JANE.email],
    data: { instrument: 'nps', score: 9, comment: 'Jane' },
  }),
];
/** Of others. In one conversation two speak: what she says there is filed under him. */
const THEIRS = [
  page('joe-1', '09:30', [TABLET, JOE.user]),
  page('joe-2', '09:40', [JOE.user, JOE.email]),
  interaction({
    id: 'chat-1',
    source: 'calls',
    type: 'chat.message',
    channel: 'chat',
    direction: 'inbound',
    topic: 'billing',
    at: '10:00',
    conversation: 'talk-of-two',
    identifiers: [JOE.user],
    data: { author: 'customer' },
  }),
  interaction({
    id: 'chat-2',
    source: 'calls',
    type: 'chat.message',
    channel: 'chat',
    direction: 'inbound',
    topic: 'billing',
    at: '10:01',
    conversation: 'talk-of-two',
    identifiers: [JANE.user, { type: 'email', value: ' JANE.Roe@Example.com' }],
    data: { author: 'customer', text: 'write to jane.roe@example.com' },
  }),
  interaction({
    id: 'chat-2',
    source: 'calls',
    type: 'chat.message',
    channel: 'chat',
    direction: 'inbound',
    topic: 'billing',
    at: '10:01',
    version: 1,
    conversation: 'talk-of-two',
    identifiers: [JANE.user, JANE.email],
    data: { author: 'customer', text: 'please write to jane.roe@example.com' },
  }),
  // Her address was on it once; what stands does not carry it.
  interaction({
    id: 'joe-order',
    type: 'order.placed',
    channel: 'web',
    at: '13:00',
    identifiers: [JOE.user, JANE.email],
    data: { orderId: 'o-1', value: '10.00', currency: 'EUR' },
  }),
  interaction({
    id: 'joe-order',
    type: 'order.placed',
    channel: 'web',
    at: '13:00',
    version: 1,
    identifiers: [JOE.user],
    data: { orderId: 'o-1', value: '10.00', currency: 'EUR' },
  }),
  page('ann-1', '14:00', [id('userId', 'u-ann')]),
];
/** After the erasure: what is hers stays away, and she may begin anew. */
const REPEATED = { ...page('janeroe-2', '09:05', [JANE.device]), version: 7 };
const ANEW = page('new-1', '15:00', [id('userId', 'u-someone-new')]);

const ERASED = /jane|15112345678/iu;

describe.each(flavours().slice(0, 2))('an erasure, on $name', (flavour: Flavour) => {
  let erasing: Stack;
  let log: EventLog;
  let herId: string;
  let exported: string;
  let receipt: Record<string, unknown>;

  const idle = async (stack: Stack, own: EventLog) =>
    eventually(async () => {
      if (!(await isIdle(stack.environment['DATABASE_URL'] ?? '', own)))
        throw new Error('records are on their way');
    }, PATIENCE);
  const post = async (...interactions: readonly object[]) => {
    for (const each of interactions) await erasing.client.post('/v1/interactions', each);
  };
  const profileOf = async ({ type, value }: { type: string; value: string }) => {
    const path = `/v1/profiles?identifier=${encodeURIComponent(`${type}:${value}`)}`;
    return erasing.client.send({ method: 'GET', path });
  };

  beforeAll(async () => {
    erasing = await flavour.start();
    log = await openLog(erasing.environment);
    const { client } = erasing;
    for (const source of ['web', 'calls'])
      await client.post('/v1/sources', { source, region: 'DE' });
    const all = [...HERS, ...THEIRS];
    await post(...all.filter((each) => !('version' in each)));
    // Else identity may see both in one batch, and tell of the later only.
    await idle(erasing, log);
    await post(...all.filter((each) => 'version' in each));
    for (const name of ['rejected-1', 'janeroe-rejected']) {
      const identifiers = [name.startsWith('jane') ? JANE.email : JOE.email];
      const path = '/v1/interactions';
      await client.send({
        method: 'POST',
        path,
        body: { ...page(name, '09:00', identifiers), channel: 'fax' },
      });
    }
    const unreadable = Buffer.from('{"identifiers": "jane.roe@example.com"');
    const topic = TOPIC.interactionIdentified.name;
    const headers = { [HEADER.tenant]: TENANT, [HEADER.receivedAt]: `${DAY}T00:00:00.000Z` };
    await log.append([{ topic, key: recordKey(TENANT, '1'), headers, value: unreadable }]);
    await client.post('/v1/identity/merge', {
      a: 'userId:u-janeroe',
      b: 'deviceId:d-janeroe',
      reason: 'Jane called',
      actor: 'ann',
    });
    await idle(erasing, log);
    const { body } = await profileOf(JANE.email);
    herId = (body as { profileId: string }).profileId;
    const answer = await fetch(`${erasing.url}/v1/profiles/${herId}/export`, {
      headers: { authorization: `Bearer ${erasing.key}` },
    });
    exported = await answer.text();
    const { erasureId } = (await client.delete(`/v1/profiles/${herId}?actor=ann&reason=asked`)) as {
      erasureId: string;
    };
    receipt = await eventually(async () => {
      const shown = (await client.get(`/v1/erasures/${erasureId}`)) as Record<string, unknown>;
      if (shown['state'] !== 'done') throw new Error(JSON.stringify(shown));
      return shown;
    }, PATIENCE);
    await idle(erasing, log);
  }, 180_000);
  afterAll(async () => {
    await log.close();
    await erasing.stop();
  });

  it('takes nothing that the export had not shown', () => {
    const lines = exported
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const shown = lines.flatMap(({ accepted }) => {
      if (accepted === undefined) return [];
      const { id: name, version } = accepted as { id: string; version: number };
      return [`${name} v${version}`];
    });
    const sent = HERS.map((each) => `${each.id} v${(each as { version?: number }).version ?? 0}`);
    expect(shown.sort()).toEqual(sent.sort());
    expect(lines.at(-1)).toMatchObject({ record: 'end' });
  });

  it('tells in its receipt what every service erased', () => {
    const services = receipt['services'] as { service: string; stores: Record<string, number> }[];
    const stores = Object.fromEntries(services.map((each) => [each.service, each.stores]));
    expect(stores).toMatchObject({
      ingestion: { rejections: 1 },
      identity: { interactions: 6 },
      journey: {
        interactions: 6,
        versions: 1,
        refiled: 1,
        // More when the request is read before the tombstones: then some go after they were rewritten.
        rewrittenVersions: expect.any(Number),
        deadLetters: 1,
        facts: expect.any(Number),
      },
      metrics: { interactions: 6, deadLetters: 1 },
    });
  });

  it('is seen by nobody: no profile, no interaction, no ghost', async () => {
    for (const identifier of Object.values(JANE))
      expect((await profileOf(identifier)).status).toBe(404);
    for (const part of ['', '/identity', '/timeline', '/facts', '/export']) {
      const path = `/v1/profiles/${herId}${part}`;
      expect([path, (await erasing.client.send({ method: 'GET', path })).status]).toEqual([
        path,
        404,
      ]);
    }
    for (const { source, id: name } of HERS) {
      const path = `/v1/interactions/${String(source)}/${name}`;
      expect((await erasing.client.send({ method: 'GET', path })).status).toBe(404);
    }
    const { profileId } = (await profileOf(JOE.user)).body as { profileId: string };
    const paths = ['', '/identity', '/timeline', '/facts'].map(
      (part) => `/v1/profiles/${profileId}${part}`,
    );
    const seen = [
      ...(await Promise.all(paths.map((path) => erasing.client.get(path)))),
      await erasing.client.get('/v1/interactions/calls/chat-2'),
    ].map((body) => JSON.stringify(body));
    const answer = await fetch(`${erasing.url}/v1/profiles/${profileId}/export`, {
      headers: { authorization: `Bearer ${erasing.key}` },
    });
    seen.push(await answer.text());
    expect(seen.join('\n')).toContain('chat-2');
    for (const text of seen) {
      expect(text).not.toMatch(ERASED);
      expect(text).not.toContain(' erased ');
    }
  });

  it('is told by no stream that reads from the start', async () => {
    const records = await streamed(erasing, log, TENANT);
    const holding = records.filter(({ held }) => ERASED.test(held)).map(({ topic }) => topic);
    expect(holding).toContain(TOPIC.interactionIdentified.name);
    // The embedded log may have compacted these by now.
    if (erasing.environment['TOUCHLINE_LOG'] === 'kafka')
      expect(holding).toEqual(
        expect.arrayContaining([TOPIC.profileChanged.name, FACT_TOPIC.session]),
      );
    // Of hers the tombstones of her interactions, by name: readers forget by them.
    const told = records.filter((each) => ERASED.test(each.told));
    const kept = told.filter((each) => !each.told.includes('"deleted":true,"payload":null'));
    expect(kept).toEqual([]);
    expect(new Set(told.map(({ topic }) => topic))).toEqual(
      new Set([TOPIC.interactionIdentified.name]),
    );
    expect(records.some((each) => each.told.includes('joe@example.com'))).toBe(true);
  });

  it('is not undone by what comes later; who comes anew is somebody new', async () => {
    await post(REPEATED, ANEW);
    await idle(erasing, log);
    const path = '/v1/interactions/web/janeroe-2';
    expect((await erasing.client.send({ method: 'GET', path })).status).toBe(404);
    expect((await profileOf(id('userId', 'u-someone-new'))).status).toBe(200);
  });

  it('leaves what a system has that never got her interactions, and one replayed from zero', async () => {
    const accepted = await recordsOf(log, [TOPIC.interactionAccepted.name]);
    const requested = await recordsOf(log, [TOPIC.erasureRequested.name]);
    const hers = new Set([...HERS, REPEATED].map((each) => each.id));
    const others = accepted.filter(({ headers }) => !hers.has(headers[HEADER.interactionId] ?? ''));
    expect(accepted.length - others.length).toBe(HERS.length + 1);
    const half = Math.ceil(accepted.length / 2);
    const told = [
      [others, requested],
      [accepted.slice(0, half), requested, accepted.slice(half)],
      [requested, accepted],
    ];
    const expected = await tablesOf(erasing, TENANT);
    for (const portions of told) {
      const stack = await flavour.start();
      const own = await openLog(stack.environment);
      try {
        for (const portion of portions) {
          await own.append(portion);
          await idle(stack, own);
        }
        await eventually(
          async () => expect(await tablesOf(stack, TENANT)).toEqual(expected),
          PATIENCE,
        );
        await expectVerified(stack);
      } finally {
        await own.close();
        await stack.stop();
      }
    }
    await expectVerified(erasing);
  }, 300_000);

  it('leaves nothing in any table, nor on the topics when the log has forgotten', async () => {
    const url = erasing.environment['DATABASE_URL'] ?? '';
    const schemas = ['ingestion', 'identity', 'journey', 'metrics'];
    await eventually(
      async () => expect(await everythingIn(url, schemas, ERASED)).toEqual([]),
      PATIENCE,
    );
    expect(await compacted(log, ERASED)).toEqual([]);
    if (erasing.environment['TOUCHLINE_LOG'] === 'kafka') return;
    expect((await everythingIn(url, ['log'], ERASED)).length).toBeGreaterThan(0);
    const own = await openPostgresLog({ url, maintainEveryMs: 0 });
    await own.maintain(Date.now() + 31 * DAY_MS);
    await own.close();
    expect(await everythingIn(url, ['log'], ERASED)).toEqual([]);
  });
});
