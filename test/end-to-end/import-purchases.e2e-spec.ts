import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing';
import { inPackage } from '../../apps/cli/src/adapters/package-root.js';
import { ProfileReader } from '../../apps/cli/src/demo/profile-reader.js';
import { purchasers } from '../../apps/cli/src/demo/load-demo.js';
import { flavours, type Stack } from './stack.js';

const PURCHASES = inPackage('apps/cli/data/cdnow/CDNOW_sample.txt');
const MAPPING = inPackage('apps/cli/data/cdnow/map.yaml');
const SPAN = 'from=1997-01-01&to=1998-07-01';
const PROGRAM = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
const LOADER = new URL('../../libs/testing/src/typescript-loader.mjs', import.meta.url).href;

let folder: string;
let lessOne: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchline-purchases-'));
  const lines = (await readFile(PURCHASES, 'latin1')).split('\n');
  lessOne = join(folder, 'less-one.txt');
  await writeFile(lessOne, [...lines.slice(0, 3000), ...lines.slice(3001)].join('\n'), 'latin1');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The program itself, as somebody at a shell runs it: `touchline import <file> --map <map.yaml> --json`. */
async function importFile(stack: Stack, path: string): Promise<unknown> {
  await stack.client.post('/v1/sources', { source: 'cdnow' });
  const words = ['import', path, '--map', MAPPING, '--url', stack.url, '--key', stack.key];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', LOADER, PROGRAM, ...words, '--json'],
    { env: { ...process.env, TOUCHLINE_DATA_DIR: folder } },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
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

const MARKERS = 256;
const MARKED = '/v1/kpis/orders?from=2001-01-01&to=2001-01-02';

/** Everything accepted before has reached metrics: orders posted after it, over all partitions of every hop, are counted. */
async function untilMarked(stack: Stack, run: string): Promise<void> {
  const { value: before } = (await stack.client.get(MARKED)) as { value: number };
  const markers = Array.from({ length: MARKERS }, (_, index) => ({
    source: 'cdnow',
    id: `marker-${run}-${index}`,
    type: 'order.placed',
    channel: 'web',
    occurredAt: '2001-01-01T00:00:00Z',
    data: { orderId: `marker-${run}-${index}`, value: 1, currency: 'USD' },
    identifiers: [{ type: 'anonymousId', value: `marker-${run}-${index}` }],
  }));
  await stack.client.post('/v1/interactions', markers);
  await eventually(
    async () => expect(await stack.client.get(MARKED)).toMatchObject({ value: before + MARKERS }),
    { timeoutMs: 60_000 },
  );
}

describe.each(flavours())('real purchases, on $name', ({ start }) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await start();
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('less one line give one order less', async () => {
    expect(await importFile(stack, lessOne)).toMatchObject({ accepted: 6918, rejected: 0 });
    await untilOrders(stack, 6918);
    await untilMarked(stack, 'less-one');
    expect(await value(stack, 'orders')).toBe(6918);
  }, 240_000);

  it('whole give exactly their orders, revenue and customers: the missing line is added, no other', async () => {
    expect(await importFile(stack, PURCHASES)).toMatchObject({ accepted: 6919, rejected: 0 });
    await untilOrders(stack, 6919);
    await eventually(async () => expect(await value(stack, 'revenue')).toBe('244091.94'));
    expect(await purchasers()).toHaveLength(2357);
    const profiles = new ProfileReader(stack.client);
    expect(await profiles.count()).toBe(2357 + MARKERS);
  }, 240_000);

  it('add nothing when they are imported again', async () => {
    expect(await importFile(stack, PURCHASES)).toMatchObject({ accepted: 6919, resumedAfter: 0 });
    await untilMarked(stack, 'again');
    expect(await value(stack, 'orders')).toBe(6919);
    expect(await value(stack, 'interactions')).toBe(6919);
    expect(await value(stack, 'revenue')).toBe('244091.94');
  }, 240_000);
});

describe('real purchases on an empty database', () => {
  it('give exactly their orders and revenue', async () => {
    const [embedded] = flavours();
    const stack = await embedded?.start();
    if (!stack) throw new Error('there is always the embedded log');
    try {
      expect(await importFile(stack, PURCHASES)).toMatchObject({ accepted: 6919, rejected: 0 });
      await untilOrders(stack, 6919);
      await untilMarked(stack, 'fresh');
      expect(await value(stack, 'orders')).toBe(6919);
      expect(await value(stack, 'revenue')).toBe('244091.94');
    } finally {
      await stack.stop();
    }
  }, 240_000);
});
