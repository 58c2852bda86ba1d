import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '#kernel';
import { eventually } from '#testing';
import { CheckpointFiles } from '../../apps/cli/src/adapters/checkpoint-files.js';
import { DiskFile } from '../../apps/cli/src/adapters/disk-file.js';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import { inPackage } from '../../apps/cli/src/adapters/package-root.js';
import { readMapping } from '../../apps/cli/src/adapters/read-mapping.js';
import { ImportFile } from '../../apps/cli/src/application/import-file.js';
import { ProfileReader } from '../../apps/cli/src/demo/profile-reader.js';
import { purchasers } from '../../apps/cli/src/demo/load-demo.js';
import { flavours, type Stack } from './stack.js';

const PURCHASES = inPackage('apps/cli/data/cdnow/CDNOW_sample.txt');
const SPAN = 'from=1997-01-01&to=1998-07-01';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchline-purchases-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function importFile(stack: Stack, path: string) {
  const mapping = await readMapping(inPackage('apps/cli/data/cdnow/map.yaml'));
  await stack.client.post('/v1/sources', { source: mapping.source });
  const checkpoints = new CheckpointFiles(join(folder, 'checkpoints'));
  const importer = new ImportFile(new HttpSink(stack.client), checkpoints, new SystemClock());
  return importer.execute({ file: new DiskFile(path), mapping, target: stack.url });
}

async function value(stack: Stack, kpi: string): Promise<unknown> {
  return ((await stack.client.get(`/v1/kpis/${kpi}?${SPAN}`)) as { value: unknown }).value;
}

async function untilOrders(stack: Stack, orders: number): Promise<void> {
  await eventually(async () => expect(await value(stack, 'orders')).toBe(orders), {
    timeoutMs: 120_000,
    everyMs: 250,
  });
}

const MARKERS = 64;

/** Everything accepted before has reached metrics: markers, spread over all partitions and posted last, are counted. */
async function untilMarked(stack: Stack): Promise<void> {
  const markers = Array.from({ length: MARKERS }, (_, index) => ({
    source: 'cdnow',
    id: `marker-${index}`,
    type: 'page.viewed',
    channel: 'web',
    occurredAt: '2001-01-01T00:00:00Z',
    identifiers: [{ type: 'anonymousId', value: `marker-${index}` }],
  }));
  await stack.client.post('/v1/interactions', markers);
  await eventually(
    async () => {
      const path = '/v1/kpis/interactions?from=2001-01-01&to=2001-01-02';
      expect(await stack.client.get(path)).toMatchObject({ value: MARKERS });
    },
    { timeoutMs: 60_000 },
  );
}

describe.each(flavours())('real purchases, on $name', ({ start }) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await start();
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('give exactly their orders, revenue and customers', async () => {
    expect(await importFile(stack, PURCHASES)).toMatchObject({ accepted: 6919, rejected: 0 });
    await untilOrders(stack, 6919);
    await eventually(async () => expect(await value(stack, 'revenue')).toBe('244091.94'));
    const customers = (await purchasers()).map((each) => ({ type: 'customerId', value: each }));
    const profiles = new ProfileReader(stack.client);
    expect(await profiles.countHolding(customers, () => undefined)).toBe(2357);
  }, 240_000);

  it('add nothing when they are imported again', async () => {
    expect(await importFile(stack, PURCHASES)).toMatchObject({ accepted: 6919, resumedAfter: 0 });
    await untilMarked(stack);
    expect(await value(stack, 'orders')).toBe(6919);
    expect(await value(stack, 'interactions')).toBe(6919);
    expect(await value(stack, 'revenue')).toBe('244091.94');
  }, 240_000);
});

describe('real purchases less one line, on the embedded log', () => {
  it('give one order less', async () => {
    const [embedded] = flavours();
    const stack = await embedded?.start();
    if (!stack) throw new Error('there is always the embedded log');
    try {
      const lines = (await readFile(PURCHASES, 'latin1')).split('\n');
      const path = join(folder, 'less-one.txt');
      await writeFile(path, [...lines.slice(0, 3000), ...lines.slice(3001)].join('\n'), 'latin1');
      expect(await importFile(stack, path)).toMatchObject({ accepted: 6918, rejected: 0 });
      await untilOrders(stack, 6918);
      await untilMarked(stack);
      expect(await value(stack, 'orders')).toBe(6918);
    } finally {
      await stack.stop();
    }
  }, 240_000);
});
