import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, TOPIC } from '#contracts';
import { type EventLog } from '#event-log';
import { eventually } from '#testing';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import { program } from '../../apps/cli/src/program.js';
import { isIdle } from '../golden/idle.js';
import { expectVerified } from './expect-verified.js';
import { PUBLISHED_SOON } from './published-soon.js';
import { scrape } from './scrape.js';
import { type Flavour, flavours, type Stack } from './stack.js';
import { recordsOf, tablesOf } from './what-is-left.js';

const TENANT = 'default';
const DAY_MS = 86_400_000;
const PATIENCE = { timeoutMs: 90_000, everyMs: 200 };
const KEPT_DAYS = 30;

/** Noon of the day so many days ago, so that no run meets midnight. */
const noon = (daysAgo: number): number =>
  Math.floor(Date.now() / DAY_MS - daysAgo) * DAY_MS + DAY_MS / 2;
const OLD = noon(40);
const RECENT = noon(5);
const OLD_DAY = `from=${new Date(OLD - DAY_MS / 2).toISOString()}&to=${new Date(OLD + DAY_MS / 2).toISOString()}`;

const ANN = { type: 'userId', value: 'u-ann' };
const DEVICE = { type: 'deviceId', value: 'd-ann' };
const GONE = { type: 'email', value: 'long-gone@example.com' };

let minute = 0;
const page = (id: string, day: number, identifiers: readonly object[], rest: object = {}) => ({
  source: 'web',
  id,
  type: 'page.viewed',
  channel: 'web',
  occurredAt: new Date(day + (minute += 1) * 60_000).toISOString(),
  identifiers,
  ...rest,
});

/** The login is all that says whose the device is. */
const EXPIRING = [
  page('old-login', OLD, [ANN, DEVICE]),
  page('old-view', OLD, [DEVICE]),
  page('gone-1', OLD, [GONE]),
  page('gone-order', OLD, [GONE], {
    type: 'order.placed',
    data: { orderId: 'o-1', value: '10.00', currency: 'EUR' },
  }),
];
const CONSENT = page('old-consent', OLD, [ANN], {
  type: 'consent.changed',
  data: { purpose: 'marketing', granted: false },
});
const KEPT = [page('new-1', RECENT, [ANN]), page('new-2', RECENT, [DEVICE])];

interface Shown {
  readonly reached: string | null;
  readonly waiting: number;
  readonly expired: number;
  readonly preview: { readonly interactions: number; readonly profiles: number } | null;
}

describe.each(flavours().slice(0, 2))('retention, on $name', (flavour: Flavour) => {
  let stack: Stack;
  let log: EventLog;
  const idle = async (of: Stack, own: EventLog) =>
    eventually(async () => {
      if (!(await isIdle(of.environment['DATABASE_URL'] ?? '', own)))
        throw new Error('records are on their way');
    }, PATIENCE);
  const send = (method: string, path: string, body?: object) =>
    stack.client.send({ method, path, ...(body && { body }) });
  const profileOf = async ({ type, value }: typeof ANN): Promise<string | undefined> => {
    const { body } = await send('GET', `/v1/profiles?identifier=${type}:${value}`);
    return (body as { profileId?: string }).profileId;
  };
  const shown = async (query = ''): Promise<Shown> =>
    (await stack.client.get(`/v1/retention${query}`)) as Shown;

  /** Runs the command; what it prints. */
  const touchline = async (...words: string[]): Promise<string> => {
    const { write } = process.stdout;
    let said = '';
    process.stdout.write = (text: string | Uint8Array) => ((said += String(text)), true);
    const address = ['--url', stack.url, '--key', stack.key];
    try {
      await program().parseAsync(['node', 'touchline', ...words, ...address]);
    } finally {
      process.stdout.write = write;
    }
    return said;
  };

  beforeAll(async () => {
    stack = await flavour.start({ ...PUBLISHED_SOON, TOUCHLINE_RETENTION_WAIT_HOURS: '0' });
    log = await openLog(stack.environment);
    await stack.client.post('/v1/sources', { source: 'web', region: 'DE' });
    await stack.client.post('/v1/interactions', [...EXPIRING, CONSENT, ...KEPT]);
    await idle(stack, log);
    await eventually(async () => {
      const asOf = `&asOf=${new Date().toISOString()}`;
      expect(await stack.client.get(`/v1/kpis/orders?${OLD_DAY}${asOf}`)).toMatchObject({ n: 1 });
    }, PATIENCE);
  }, 120_000);
  afterAll(async () => {
    await log?.close();
    await stack?.stop();
  });

  it('says before what a setting would take', async () => {
    expect(await shown()).toMatchObject({ retentionDays: null, reached: null, preview: null });
    expect(await shown(`?days=${KEPT_DAYS}`)).toMatchObject({
      preview: { days: KEPT_DAYS, interactions: EXPIRING.length, profiles: 1 },
    });
    expect(await profileOf(ANN)).toBe(await profileOf(DEVICE));
    expect((await send('GET', '/v1/retention?days=0')).status).toBe(422);
  });

  it('tells the command the same', async () => {
    const said = await touchline('retention', '--days', String(KEPT_DAYS));
    expect(said).toContain('Everything is kept: retentionDays is not set.');
    expect(said).toContain(
      `${EXPIRING.length} interactions would go, and all there is of 1 customers.`,
    );
  });

  it('takes it when it is set, from who is who to the numbers, which say why', async () => {
    expect((await send('PUT', '/v1/settings', { retentionDays: KEPT_DAYS })).status).toBe(200);
    await eventually(async () => expect((await shown()).reached).not.toBeNull(), PATIENCE);
    expect(await shown()).toMatchObject({ waiting: 0, expired: EXPIRING.length });
    await idle(stack, log);
    for (const { id } of EXPIRING)
      expect([id, (await send('GET', `/v1/interactions/web/${id}`)).status]).toEqual([id, 404]);
    for (const { id } of [CONSENT, ...KEPT])
      expect([id, (await send('GET', `/v1/interactions/web/${id}`)).status]).toEqual([id, 200]);
    expect(await profileOf(GONE)).toBeUndefined();
    expect(await profileOf(ANN)).not.toBe(await profileOf(DEVICE));
    await eventually(async () => {
      const { items } = (await stack.client.get(`/v1/kpis/orders/corrections?${OLD_DAY}`)) as {
        items: { causes: { cause: string }[] }[];
      };
      expect(items.at(-1)?.causes).toMatchObject([{ cause: 'retention' }]);
    }, PATIENCE);
    expect(await touchline('retention')).toMatch(
      new RegExp(
        `^30 days are kept: what occurred before .* is gone. ${EXPIRING.length} interactions`,
      ),
    );
    const samples = await scrape(stack.url);
    expect(samples.value('touchline_identity_expired_total')).toBe(EXPIRING.length);
  });

  it('leaves what a system has that never got it', async () => {
    const accepted = await recordsOf(log, [TOPIC.interactionAccepted.name]);
    const went = new Set(EXPIRING.map(({ id }) => id));
    const others = accepted.filter(({ headers }) => !went.has(headers[HEADER.interactionId] ?? ''));
    expect(accepted.length - others.length).toBe(EXPIRING.length);
    const other = await flavour.start();
    const own = await openLog(other.environment);
    try {
      await own.append(others);
      await idle(other, own);
      const expected = await tablesOf(other, TENANT);
      await eventually(
        async () => expect(await tablesOf(stack, TENANT)).toEqual(expected),
        PATIENCE,
      );
    } finally {
      await own.close();
      await other.stop();
    }
    await expectVerified(stack);
  }, 120_000);

  it('refuses what is too old to be kept, and takes consents of any age', async () => {
    const late = page('late', OLD, [ANN]);
    const consent = { ...CONSENT, id: 'late-consent' };
    const { body } = await send('POST', '/v1/interactions', [late, consent] as never);
    expect(body).toMatchObject({
      accepted: [{ id: 'late-consent' }],
      rejected: [{ id: 'late', code: 'too-old' }],
    });
  });
});
