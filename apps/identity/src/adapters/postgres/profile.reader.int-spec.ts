import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { TenantDirectory } from '#runtime';
import { openStorage } from '#storage';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { CountProfiles } from '../../application/count-profiles.js';
import { ExplainProfile } from '../../application/explain-profile.js';
import { ReadProfile } from '../../application/read-profile.js';
import { ResolveBatch } from '../../application/resolve-batch.js';
import { ShowHistory } from '../../application/show-history.js';
import { nameBareUnit } from '../../domain/identifier.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import { IDENTITY_SCHEMA } from '../../identity.module.js';
import { SECRET, TENANT, nameOf, recordOf } from '../../testing/histories.fixture.js';
import { PostgresCallLog } from './call.repository.js';
import { PostgresErasureStore } from './postgres-erasure.store.js';
import { PostgresIdentityStore } from './postgres-identity.store.js';
import { PostgresProfileReader } from './profile.reader.js';

let database: TestDatabase;
let storage: Storage;
let closeLog: () => Promise<void>;
let profiles: ReadProfile;
let explain: ExplainProfile;

beforeAll(async () => {
  database = await freshDatabase();
  const log = await openEventLog({ kind: 'postgres', databaseUrl: database.url });
  closeLog = () => log.close();
  storage = await openStorage({ ...IDENTITY_SCHEMA, databaseUrl: database.url, log });
  await storage.migrate();
  const reader = new PostgresProfileReader();
  profiles = new ReadProfile(storage.unitOfWork, reader, { value: SECRET }, new TenantDirectory());
  explain = new ExplainProfile(
    storage.unitOfWork,
    reader,
    profiles,
    new ShowHistory(reader, new PostgresCallLog()),
  );
}, 60_000);

afterAll(async () => {
  await storage.close();
  await closeLog();
  await database.close();
});

let sequence = 0;

async function sees(
  identifiers: Sighting['identifiers'],
  more: Partial<Sighting> = {},
  body = {},
): Promise<void> {
  sequence += 1;
  const sighting: Sighting = {
    tenant: TENANT,
    source: 'web',
    id: `i${sequence}`,
    type: 'page.viewed',
    version: 0,
    at: sequence * 1_000,
    contentHash: `h${sequence}`,
    conversation: undefined,
    isWithdrawn: false,
    receivedAt: 0,
    identifiers,
    ...more,
  };
  const resolve = new ResolveBatch(
    storage.unitOfWork,
    new PostgresIdentityStore(),
    { value: SECRET },
    new PostgresErasureStore(),
  );
  await storage.unitOfWork.publish(async (transaction) => ({
    result: undefined,
    outgoing: await resolve.resolve(transaction, [recordOf(sighting, sequence, body)]),
  }));
}

const anna = { type: 'userId', value: 'anna' };
const ben = { type: 'userId', value: 'ben' };
const cookie = { type: 'anonymousId', value: 'cookie' };
const tablet = { type: 'deviceId', value: 'tablet' };
const email = { type: 'email', value: 'anna@example.com' };

describe('profiles as they are read', () => {
  it('an old id answers with the profile that holds it now', async () => {
    await sees([cookie]);
    const traits = { data: { traits: { segment: 'gold' } } };
    await sees([cookie, anna], { type: 'profile.identified' }, traits);
    await sees([anna, email]);
    const view = await profiles.byId(TENANT, nameOf(cookie));
    expect(view).toMatchObject({
      profileId: nameOf(anna),
      requestedId: nameOf(cookie),
      interactionCount: 3,
      firstSeen: '1970-01-01T00:00:01.000Z',
      lastSeen: '1970-01-01T00:00:03.000Z',
    });
    expect(view.traits['segment']?.value).toBe('gold');
    expect(view.identifiers.map((row) => row.type)).toEqual(['userId', 'email', 'anonymousId']);
    expect(view.formerIds).toEqual([nameOf(email), nameOf(cookie)]);
  });

  it('an identifier finds its profile however it is written', async () => {
    const view = await profiles.byIdentifier(TENANT, { type: 'email', value: ' Anna@Example.com' });
    expect(view.profileId).toBe(nameOf(anna));
  });

  it('shared identifiers are shown on every claimant, with the decision', async () => {
    await sees([anna, tablet, { type: 'email', value: 'null' }]);
    await sees([ben, tablet]);
    const shared = { type: 'deviceId', value: 'tablet', standing: 'shared' };
    for (const who of [anna, ben]) {
      const view = await explain.execute(TENANT, nameOf(who));
      expect(view.identifiers).toContainEqual(expect.objectContaining(shared));
      expect(view.decisions).toContainEqual(
        expect.objectContaining({ code: 'shared-identifier', subject: tablet }),
      );
    }
    const { decisions, links } = await explain.execute(TENANT, nameOf(anna));
    expect(decisions.map((decision) => decision.code)).toContain('blocked-value');
    expect(links).toContainEqual({
      a: expect.anything(),
      b: expect.anything(),
      evidence: { source: 'web', id: 'i2', occurredAt: '1970-01-01T00:00:02.000Z' },
    });
  });

  it('the history tells who joined, what was refused, and what was lifted', async () => {
    await sees([{ type: 'userId', value: 'hugo' }]);
    await sees([{ type: 'anonymousId', value: 'h' }]);
    await sees([
      { type: 'userId', value: 'hugo' },
      { type: 'anonymousId', value: 'h' },
    ]);
    await sees(
      [
        { type: 'userId', value: 'ida' },
        { type: 'anonymousId', value: 'h' },
      ],
      { id: 'typo' },
    );
    await sees([{ type: 'userId', value: 'ida' }], { id: 'typo', version: 1 });
    const { history } = await explain.execute(TENANT, nameOf({ type: 'userId', value: 'hugo' }));
    expect(history.map(({ kind, code, cause }) => [kind, code, cause])).toEqual([
      ['joined', null, 'evidence'],
      ['lifted', 'shared-identifier', 'evidence'],
      ['split', null, 'evidence'],
      ['refused', 'shared-identifier', 'evidence'],
      ['joined', null, 'evidence'],
    ]);
    expect(history.at(-1)).toMatchObject({
      from: nameOf({ type: 'anonymousId', value: 'h' }),
      to: nameOf({ type: 'userId', value: 'hugo' }),
      identifiers: 1,
      interactions: 1,
    });
  });

  it('the id of a conversation of nobody answers after somebody was found in it', async () => {
    await sees([], { conversation: 'c' });
    const filings = await storage.unitOfWork.run((transaction) =>
      transaction.query<{ unit: string }>(`SELECT unit FROM filing WHERE left(filing, 2) = 'c:'`),
    );
    const id = nameBareUnit(SECRET, TENANT, filings[0]?.unit ?? '');
    expect((await profiles.byId(TENANT, id)).profileId).toBe(id);
    await sees([ben], { conversation: 'c' });
    expect((await profiles.byId(TENANT, id)).profileId).toBe(nameOf(ben));
  });

  it('the count is of profiles of now: a join takes one away, a conversation without a name is one', async () => {
    const counting = new CountProfiles(storage.unitOfWork, new PostgresProfileReader());
    const { profiles: before } = await counting.execute(TENANT);
    const counted = async () => (await counting.execute(TENANT)).profiles - before;
    const [cookieOf, name] = [
      { type: 'anonymousId', value: 'counted' },
      { type: 'userId', value: 'counted' },
    ];
    await sees([cookieOf]);
    await sees([name]);
    await sees([], { conversation: 'counted' });
    expect(await counted()).toBe(3);
    await sees([cookieOf, name]);
    expect(await counted()).toBe(2);
    expect(await counting.execute('another')).toEqual({ profiles: 0 });
  });

  it('other tenants see nothing', async () => {
    await expect(profiles.byId('stranger', nameOf(anna))).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(profiles.byId(TENANT, 'nobody')).rejects.toMatchObject({ code: 'not-found' });
  });
});
