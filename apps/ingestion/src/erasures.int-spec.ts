import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, nameIdentifier, nameInteraction, recordKey, TOPIC } from '#contracts';
import type { ErasureDone, ErasureRequested } from '#contracts';
import { DeadLetters } from '#storage';
import { eventually } from '#testing';
import {
  INGESTION_SECRET,
  interaction,
  type RunningIngestion,
  startIngestion,
} from './running-ingestion.fixture.js';

const TENANT = 'default';
const jane = { type: 'email', value: 'jane@example.com' };
const fax = { channel: 'fax' };

let ingestion: RunningIngestion;

beforeAll(async () => {
  ingestion = await startIngestion();
  await ingestion.ask('/v1/sources', { body: { source: 'webshop' } });
});
afterAll(() => ingestion.stop());

async function kept(): Promise<string[]> {
  const { body } = await ingestion.ask('/v1/rejections?limit=200');
  return (body['items'] as { id: string | null }[]).map(({ id }) => id ?? '(none)').sort();
}

const letters = (): DeadLetters => ingestion.application.app.get(DeadLetters, { strict: false });

async function append(topic: string, value: Buffer): Promise<void> {
  const headers = { [HEADER.tenant]: TENANT };
  const key = recordKey(TENANT, `k-${Math.random()}`);
  await ingestion.application.infrastructure.log.append([{ topic, key, headers, value }]);
}

function request(erasureId: string): ErasureRequested {
  return {
    tenant: TENANT,
    erasureId,
    at: new Date().toISOString(),
    part: 1,
    parts: 1,
    interactions: [
      nameInteraction(INGESTION_SECRET, { tenant: TENANT, source: 'webshop', id: 'hers' }),
    ],
    identifiers: [{ type: jane.type, name: nameIdentifier(INGESTION_SECRET, TENANT, jane) }],
    filings: [],
    remains: [],
    calls: [],
  };
}

async function done(): Promise<ErasureDone[]> {
  const { log } = ingestion.application.infrastructure;
  const topic = TOPIC.erasureDone.name;
  const found: ErasureDone[] = [];
  for (const { partition, earliest } of await log.ranges([topic]))
    for (const { value } of await log.read({ topic, partition, from: earliest, max: 100 }))
      found.push(JSON.parse(String(value)) as ErasureDone);
  return found;
}

describe('an erasure in ingestion', () => {
  it('takes what was rejected of the person, and what nobody can read, and lets nothing in later', async () => {
    const post = (body: unknown) => ingestion.ask('/v1/interactions', { body });
    await post(interaction({ id: 'hers', ...fax }));
    await post(interaction({ id: 'named', ...fax, identifiers: [jane] }));
    await post(interaction({ id: 'told', ...fax, data: { note: 'call JANE@example.com' } }));
    await post(interaction({ id: 'his', ...fax, identifiers: [{ ...jane, value: 'joe@e.com' }] }));
    const rejected = TOPIC.interactionRejected.name;
    await append(rejected, Buffer.from('{"tenant":"default","raw":"jane@example.com'));
    await append(rejected, Buffer.from('{"tenant":"default","raw":"joe@e.com'));
    await eventually(async () => {
      expect(await kept()).toEqual(['hers', 'his', 'named', 'told']);
      expect(await letters().count()).toBe(2);
    });
    const asked = request('e1');
    await append(TOPIC.erasureRequested.name, Buffer.from(JSON.stringify(asked)));
    await eventually(async () => expect(await done()).toHaveLength(1));
    expect(await done()).toMatchObject([
      {
        erasureId: 'e1',
        part: 1,
        service: 'ingestion',
        stores: { rejections: 3, deadLetters: 1 },
      },
    ]);
    expect(await kept()).toEqual(['his']);
    expect(await letters().count()).toBe(1);

    const late = { rejectionId: 'late', tenant: TENANT, receivedAt: asked.at, code: 'x' };
    const raw = '{"identifiers":[{"type":"email","value":"jane@example.com"}]}';
    const rejection = { ...late, detail: '', pointer: '', raw };
    const after = {
      ...rejection,
      id: 'new',
      rejectionId: 'new',
      receivedAt: '2100-01-01T00:00:00Z',
    };
    await append(rejected, Buffer.from(JSON.stringify(rejection)));
    await append(rejected, Buffer.from('jane@example.com and no JSON'));
    await append(rejected, Buffer.from(JSON.stringify(after)));
    await append(rejected, Buffer.from('joe@e.com and no JSON'));
    await eventually(async () => {
      expect(await kept()).toEqual(['his', 'new']);
      expect(await letters().count()).toBeGreaterThan(1);
    });
    // What comes after the erasure is somebody new: a record without an instant counts from when the log got it.
    const details = (await letters().list()).map(({ record }) => String(record.value));
    expect(details.filter((text) => text.includes('"raw":"jane'))).toEqual([]);
    await append(TOPIC.erasureRequested.name, Buffer.from(JSON.stringify(asked)));
    await eventually(async () => expect(await letters().count()).toBeGreaterThan(1));
    expect(await done()).toHaveLength(1);
  });
});
