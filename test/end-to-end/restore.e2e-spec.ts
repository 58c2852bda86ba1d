import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, TOPIC } from '#contracts';
import { canonicalJson } from '#kernel';
import { Random } from '#simulator';
import { withSnapshot } from '#storage';
import { backends, eventually } from '#testing';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import type { RestoreReport } from '#restore';
import * as journey from '../../apps/journey/src/adapters/postgres/canonical-dump.reader.js';
import * as metrics from '../../apps/metrics/src/adapters/postgres/counting/canonical-dump.js';
import { callArbitrary, histories, type History } from '../pipeline/histories.js';
import type { SaidCall } from '../pipeline/memory-pipeline.js';
import { isIdle } from '../golden/idle.js';
import { expectVerified } from './expect-verified.js';
import { differencesFromTopics } from './newest-records.js';
import { RestoredInstallation } from './restored-installation.js';
import { recordsOf, tablesOf } from './what-is-left.js';

const SEED = fc.readConfigureGlobal()?.seed ?? Date.now() % 2 ** 31;
const TENANTS = ['one', 'two', 'three', 'four', 'five', 'six'];
const LENGTH_MAX = 150;
const REQUEST_MAX = 15;

const told = fc.sample(histories(LENGTH_MAX), { numRuns: TENANTS.length, seed: SEED });
const later = fc.sample(callArbitrary, { numRuns: TENANTS.length, seed: SEED + 1 });
/** Of each tenant its history, and a call that is made after the backup; of every second one it is made again. */
const tellings = TENANTS.map((tenant, index) => {
  const history = told[index] as History;
  const call = { ...(later[index] as SaidCall), at: Date.UTC(2026, 5, 1) };
  return { tenant, ...history, lost: call, isMadeAgain: index % 2 === 1 };
});

const EVE = [
  { type: 'customerId', value: 'eve' },
  { type: 'email', value: 'eve@example.com' },
];
const visitsOf = (identifiers: object[], name: string, count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    source: 'shop',
    id: `${name} ${index}`,
    type: 'page.viewed',
    channel: 'web',
    occurredAt: new Date(Date.UTC(2026, 4, 6, 8, index * 7)).toISOString(),
    identifiers,
  }));

/** Come after the backup. More than Postgres lets a sequence run ahead in a physical backup (32), lest that hide who has their numbers. */
const NEWCOMERS = Array.from({ length: 70 }, (_, index) =>
  visitsOf([{ type: 'email', value: `new-${index}@example.com` }], `new ${index}`, 1),
).flat();

interface Setting {
  readonly name: string;
  readonly log: () => Record<string, string>;
  /** What was accepted after the backup is in the log, which is not lost. */
  readonly hasLogOfItsOwn: boolean;
}

const embedded: Setting = { name: 'the embedded log', log: () => ({}), hasLogOfItsOwn: false };
const kafka: Setting = {
  name: 'Kafka',
  hasLogOfItsOwn: true,
  log: () => ({
    TOUCHLINE_LOG: 'kafka',
    KAFKA_BROKERS: backends().kafkaBrokers.join(','),
    KAFKA_TOPIC_PREFIX: `restore-${process.pid}-${Date.now().toString(36)}-`,
  }),
};
const settings = backends().kafkaBrokers.length > 0 ? [embedded, kafka] : [embedded];

type Client = Awaited<ReturnType<RestoredInstallation['client']>>;

async function post(client: Client, interactions: readonly object[]): Promise<void> {
  for (let at = 0; at < interactions.length; at += REQUEST_MAX) {
    const request = interactions.slice(at, at + REQUEST_MAX);
    expect(await client.post('/v1/interactions', request)).toMatchObject({ rejected: [] });
  }
}

async function call(client: Client, { kind, at, ...said }: SaidCall): Promise<string> {
  const body = { ...said, ...(at !== undefined && { at: new Date(at).toISOString() }) };
  const outcome = await client.post(`/v1/identity/${kind}`, body);
  return (outcome as { call: { callId: string } }).call.callId;
}

async function openSources(installation: RestoredInstallation): Promise<void> {
  for (const tenant of ['default', ...TENANTS])
    for (const source of ['shop', 'desk'])
      await (await installation.client(tenant)).post('/v1/sources', { source });
}

async function untilIdle({ environment }: RestoredInstallation): Promise<void> {
  const log = await openLog(environment);
  try {
    await eventually(
      async () => {
        const { DATABASE_URL: url = '' } = environment;
        if (!(await isIdle(url, log))) throw new Error('something is on its way');
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );
  } finally {
    await log.close();
  }
}

/** The last that was given out, as the sequence knows, and the highest that any record names. */
async function highestProfileKeys({ environment }: RestoredInstallation) {
  const log = await openLog(environment);
  try {
    const records = await recordsOf(log, [TOPIC.interactionIdentified.name]);
    const named = records.map(({ headers }) => Number(headers[HEADER.profileKey] ?? 0));
    const [row] = await withSnapshot(environment['DATABASE_URL'] ?? '', (snapshot) =>
      snapshot.of('identity').read<{ key: number }>('SELECT last_value AS key FROM profile_key'),
    );
    return { given: row?.key ?? 0, named: Math.max(...named) };
  } finally {
    await log.close();
  }
}

async function erase(client: Client, email: string): Promise<string> {
  const path = `/v1/profiles?identifier=${encodeURIComponent(`email:${email}`)}`;
  const { profileId } = (await client.get(path)) as { profileId: string };
  const { receipt } = (await client.delete(`/v1/profiles/${profileId}`)) as { receipt: string };
  await untilErased(client, receipt);
  return receipt;
}

async function untilErased(client: Client, receipt: string): Promise<void> {
  await eventually(
    async () => {
      expect(await client.get(receipt)).toMatchObject({ state: 'done' });
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

let expected: Record<string, unknown> | undefined;

/** The same interactions, told to a system that lost nothing. */
async function neverLost(): Promise<Record<string, unknown>> {
  const installation = await RestoredInstallation.open(TENANTS, {});
  try {
    await installation.startServices();
    await openSources(installation);
    await Promise.all(
      tellings.map(async ({ tenant, interactions, calls, lost, isMadeAgain }) => {
        const client = await installation.client(tenant);
        await post(client, interactions);
        for (const said of [...calls, ...(isMadeAgain ? [lost] : [])]) await call(client, said);
      }),
    );
    const client = await installation.client('default');
    await post(client, [...visitsOf(EVE, 'eve', 9), ...NEWCOMERS, ...visitsOf([], 'nobody', 5)]);
    await untilIdle(installation);
    await erase(client, 'eve@example.com');
    await untilIdle(installation);
    await expectVerified(installation);
    return await tablesOfAll(installation);
  } finally {
    await installation.close();
  }
}

/** Of every tenant, as others see it. */
async function keptBy(service: 'metrics' | 'journey', databaseUrl: string): Promise<string[]> {
  return withSnapshot(databaseUrl, async (snapshot) => {
    const reader = snapshot.of(service);
    const lines: string[] = [];
    const keep = (tenant: string, row: object) => lines.push(`${tenant} ${canonicalJson(row)}`);
    for (const tenant of ['default', ...TENANTS]) {
      if (service === 'metrics') {
        for (const row of await metrics.dumpInteractions(reader, tenant)) keep(tenant, row);
        for (const row of await metrics.dumpFacts(reader, tenant)) keep(tenant, row);
        for (const row of await metrics.canonicalDump(reader, tenant)) keep(tenant, row);
        continue;
      }
      for (const row of await journey.dumpFacts(reader, tenant)) keep(tenant, row);
      for await (const portion of journey.readArchive(reader, tenant))
        for (const row of portion.filter(({ onTimeline }) => onTimeline)) keep(tenant, row);
    }
    return lines.sort();
  });
}

async function tablesOfAll(installation: RestoredInstallation): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {};
  for (const tenant of ['default', ...TENANTS])
    tables[tenant] = await tablesOf(installation as never, tenant);
  return tables;
}

describe.each(settings)(`a database restored beside $name (seed ${SEED})`, (setting) => {
  const { log, hasLogOfItsOwn } = setting;
  let installation: RestoredInstallation;
  let dry: RestoreReport;
  let report: RestoreReport;
  let again: RestoreReport;
  let profileKeys: Awaited<ReturnType<typeof highestProfileKeys>>;
  let receipt = '';
  const keys = { revoked: '', late: '' };
  const lostCalls: string[] = [];

  beforeAll(async () => {
    expected ??= await neverLost();
    installation = await RestoredInstallation.open(TENANTS, log());
    await installation.startServices();
    await openSources(installation);
    await firstLife(new Random(SEED, 'cut'));
    await installation.startBackup();
    dry = await installation.settle(true);
    report = await installation.settle(false);
    again = await installation.settle(false);
    profileKeys = await highestProfileKeys(installation);
    await installation.startServices();
    await secondLife();
    await untilIdle(installation);
  }, 300_000);
  afterAll(() => installation?.close(), 60_000);

  /** The backup is taken while interactions come; what comes after it is lost with the database. */
  async function firstLife(random: Random): Promise<void> {
    const client = await installation.client('default');
    const { key, keyId } = (await client.post('/v1/keys', {
      name: 'to be revoked',
      scopes: ['read'],
    })) as { key: string; keyId: string };
    keys.revoked = key;
    const rest = await Promise.all(
      tellings.map(async ({ tenant, interactions, calls }) => {
        const teller = await installation.client(tenant);
        const cut = random.between(0, interactions.length);
        await post(teller, interactions.slice(0, cut));
        for (const said of calls) await call(teller, said);
        return async () => post(teller, interactions.slice(cut));
      }),
    );
    await post(client, visitsOf(EVE, 'eve', 4));
    await Promise.all([installation.backUp(), ...rest.map((tell) => tell())]);
    await post(client, [...visitsOf(EVE, 'eve', 9), ...NEWCOMERS]);
    await untilIdle(installation);
    for (const { tenant, lost } of tellings)
      lostCalls.push(await call(await installation.client(tenant), lost));
    receipt = await erase(client, 'eve@example.com');
    await client.delete(`/v1/keys/${keyId}`);
    const late = await client.post('/v1/keys', { name: 'late', scopes: ['read'] });
    keys.late = (late as { key: string }).key;
    await client.post('/v1/sources', { source: 'late' });
    await untilIdle(installation);
    await post(client, visitsOf([], 'nobody', 5));
    await installation.disaster();
  }

  async function secondLife(): Promise<void> {
    const client = await installation.client('default');
    if (!hasLogOfItsOwn) {
      await post(client, [...visitsOf(EVE, 'eve', 9), ...NEWCOMERS, ...visitsOf([], 'nobody', 5)]);
      for (const { tenant, interactions } of tellings)
        await post(await installation.client(tenant), interactions);
      await untilIdle(installation);
      receipt = await erase(client, 'eve@example.com');
    } else await untilErased(client, receipt);
    for (const { tenant, lost, isMadeAgain } of tellings)
      if (isMadeAgain) await call(await installation.client(tenant), lost);
  }

  it('is not changed by a dry run, which tells all', () => {
    expect(dry).toEqual({ ...report, isDryRun: true });
    expect(again.epoch).toBe(report.epoch + 1);
  });

  it('gives no profile key to two people', () => {
    expect(profileKeys.named).toBeGreaterThan(0);
    expect(profileKeys.given).toBeGreaterThanOrEqual(profileKeys.named);
  });

  it('catches up: what is kept follows from the archive', async () => {
    await expectVerified(installation);
  });

  it('comes to what a system has that never lost anything', async () => {
    expect(await tablesOfAll(installation)).toEqual(expected);
  });

  it('has the last word on every key of every compacted topic', async () => {
    const reader = await openLog(installation.environment);
    try {
      const url = installation.environment['DATABASE_URL'] ?? '';
      const { different, looked } = await differencesFromTopics(url, reader);
      expect(different).toEqual([]);
      expect(looked).toBeGreaterThan(50);
    } finally {
      await reader.close();
    }
  });

  it('answers the receipt of an erasure that was asked for after the backup', async () => {
    const client = await installation.client('default');
    expect(await client.get(receipt)).toMatchObject({ state: 'done' });
  });

  if (hasLogOfItsOwn) {
    it('keeps a revoked key revoked, and those of the lost life alive', async () => {
      const revoked = await installation.client('default', keys.revoked);
      await expect(revoked.get('/v1/kpis')).rejects.toThrow(/key/u);
      const late = await installation.client('default', keys.late);
      expect(await late.get('/v1/kpis')).toHaveProperty('items');
      const sources = await (await installation.client('default')).get('/v1/sources');
      expect(JSON.stringify(sources)).toContain('late');
    });

    it('names what has to be asked for again', () => {
      for (const { ref } of report.lostCalls) expect(lostCalls).toContain(ref);
      expect(report.erasures).toHaveLength(1);
      expect(Object.keys(report.takenBack)).toContain('touchline.profile.changed.v1');
    });

    it.each(['metrics', 'journey'] as const)(
      'tells %s, built anew from the topics, what the restored one has',
      async (service) => {
        const { DATABASE_URL: url = '' } = installation.environment;
        await installation.stopServices();
        const anew = await installation.anew(service, (fresh) => keptBy(service, fresh));
        expect(anew).toEqual(await keptBy(service, url));
      },
    );
  }
});
