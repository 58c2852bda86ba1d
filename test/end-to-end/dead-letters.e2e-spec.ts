import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPIC, type ServiceName } from '#contracts';
import { openEventLog } from '#event-log';
import { eventually } from '#testing';
import { Client } from 'pg';
import { expectVerified } from './expect-verified.js';
import { flavours, type Stack } from './stack.js';

interface Letter {
  readonly id: number;
  readonly group: string;
  readonly topic: string;
  readonly code: string;
}

/** A defect of a service: a table that refuses what comes from one source. */
const DEFECTS: readonly [service: ServiceName, table: string, group: string][] = [
  ['ingestion', 'rejection', 'ingestion'],
  ['identity', 'winner', 'identity'],
  ['journey', 'timeline', 'journey'],
  ['metrics', 'interaction', 'metrics'],
];
const UNREADABLE: readonly [service: ServiceName, topic: string][] = [
  ['ingestion', TOPIC.interactionRejected.name],
  ['identity', TOPIC.interactionAccepted.name],
  ['journey', TOPIC.filingMoved.name],
  ['metrics', TOPIC.interactionIdentified.name],
];
const [embedded] = flavours();
if (embedded === undefined) throw new Error('there is always an embedded stack');

describe('a record that was set aside', () => {
  let stack: Stack;
  let database: Client;
  beforeAll(async () => {
    stack = await embedded.start();
    database = new Client({ connectionString: stack.environment['DATABASE_URL'] });
    await database.connect();
  }, 120_000);
  afterAll(async () => {
    await database?.end();
    await stack?.stop();
  }, 60_000);

  const letters = async (service: ServiceName): Promise<Letter[]> =>
    ((await stack.client.get(`/v1/dead-letters/${service}`)) as { items: Letter[] }).items;
  const replay = (service: ServiceName, id: number | undefined) =>
    stack.client.send({ method: 'POST', path: `/v1/dead-letters/${service}/${id}/replay` });
  const letterOf = (service: ServiceName): Promise<Letter> =>
    eventually(
      async () => {
        const [letter] = await letters(service);
        if (letter === undefined) throw new Error(`${service} has set nothing aside`);
        return letter;
      },
      { timeoutMs: 30_000 },
    );

  it.each(DEFECTS)(
    'by %s is handled once the defect is mended, once',
    async (service, table, group) => {
      const source = `shop-${service}`;
      await stack.client.post('/v1/sources', { source });
      await database.query(
        `ALTER TABLE ${service}.${table} ADD CONSTRAINT defect CHECK (source <> '${source}') NOT VALID`,
      );
      const good = {
        source,
        id: 'one',
        type: 'page.viewed',
        channel: 'web',
        occurredAt: new Date().toISOString(),
        identifiers: [{ type: 'userId', value: `of-${service}` }],
      };
      const body = service === 'ingestion' ? { ...good, channel: 'smoke' } : good;
      await stack.client.send({ method: 'POST', path: '/v1/interactions', body });
      const letter = await letterOf(service);
      expect(letter.group).toBe(group);
      expect(await replay(service, letter.id)).toMatchObject({
        status: 200,
        body: { status: 'still-fails' },
      });
      await database.query(`ALTER TABLE ${service}.${table} DROP CONSTRAINT defect`);
      const [first, second] = await Promise.all([
        replay(service, letter.id),
        replay(service, letter.id),
      ]);
      expect([first.status, second.status].sort()).toEqual([200, 404]);
      expect(await letters(service)).toEqual([]);
      if (service !== 'ingestion') return;
      const waiting = (await stack.client.get(`/v1/rejections?source=${source}`)) as {
        items: object[];
      };
      expect(waiting.items).toHaveLength(1);
    },
    60_000,
  );

  it('leaves every number as if nothing had been set aside', async () => {
    await expectVerified(stack);
  }, 60_000);

  it.each(UNREADABLE)(
    'by %s because nobody can read it stays, and says why',
    async (service, topic) => {
      const log = await openEventLog({
        kind: 'postgres',
        databaseUrl: stack.environment['DATABASE_URL'] ?? '',
      });
      await log.append([
        { topic, key: 'default\u001fx', headers: {}, value: Buffer.from('{"tenant":') },
      ]);
      await log.close();
      const { id, topic: from } = await letterOf(service);
      expect(from).toBe(topic);
      const { body } = await replay(service, id);
      expect(body).toMatchObject({ id, status: 'still-fails', code: expect.any(String) });
      expect((await letters(service)).map((each) => each.id)).toEqual([id]);
    },
    60_000,
  );

  it('is not found by a number that is none', async () => {
    expect(await replay('journey', 999)).toMatchObject({ status: 404 });
    expect(await replay('journey', Number.NaN)).toMatchObject({ status: 404 });
  });
});
