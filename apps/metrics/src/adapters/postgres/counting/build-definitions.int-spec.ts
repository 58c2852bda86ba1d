import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { ReadKpi } from '../../../application/answering/read-kpi.js';
import { AggregateBatch } from '../../../application/counting/aggregate-batch.js';
import { BuildDefinitions } from '../../../application/counting/build-definitions.js';
import { NEXT_CATALOGUE } from '../../../application/counting/next-catalogue.fixture.js';
import { FixedRules } from '../../../application/memory-tables.fixture.js';
import { PublishBuckets } from '../../../application/publishing/publish-buckets.js';
import { anyBatches, FROM_MS, TENANT, TO_MS } from '../../../application/random-history.fixture.js';
import { kpiNamed } from '../../../domain/catalogue/index.js';
import { HOUR_MS } from '../../../domain/local-time.js';
import { PostgresKpiReadings } from '../answering/kpi-view.repository.js';
import { aggregateInMemory, dumpOf, sortedLines } from '../memory-dump.fixture.js';
import { emptyTables, openMetricsStorage } from '../metrics-database.fixture.js';
import { PostgresPublicationTables } from '../publishing/publication.repository.js';
import { canonicalDump } from './canonical-dump.js';
import { PostgresAggregateTables } from './observations-and-buckets.repository.js';

jest.setTimeout(300_000);

let database: TestDatabase;
let storage: Storage;

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openMetricsStorage(database.url);
});

afterAll(async () => {
  await storage.close();
  await database.close();
});

const RULES = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };
const AT_ONCE = { graceMs: 0, quietMs: 0, quietMaxMs: 0, againQuietMs: 0, againEveryMs: 0 };
const LATER_MS = TO_MS + 10 * HOUR_MS;
const clock = new FixedClock(LATER_MS);
const tables = new PostgresAggregateTables();

const stageOf = (tenants: FixedRules): AggregateBatch =>
  new AggregateBatch(storage.unitOfWork, tables, tenants, clock);
const buildOf = (tenants: FixedRules): BuildDefinitions =>
  new BuildDefinitions(storage.unitOfWork, tables, tenants, clock);
const publish = (): Promise<number> =>
  new PublishBuckets(storage.unitOfWork, new PostgresPublicationTables(), clock).execute(AT_ONCE);

/** Until two processes that build at once, one of them an older program, have nothing left to do. */
async function buildUp(tenants: FixedRules): Promise<number> {
  for (let rounds = 0; ; rounds++) {
    await buildOf(tenants).execute({ stepSize: 3, stepsMax: 1 });
    const left = await storage.unitOfWork.read(
      'SELECT 1 FROM definition WHERE version > 1 AND since_ms IS NOT NULL LIMIT 1',
    );
    if (left.length > 0) return rounds;
  }
}

describe('new KPI definitions', () => {
  it('come into force beside workers that revise what is being counted', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async (batches) => {
        await emptyTables(storage);
        const older = new FixedRules(RULES);
        const newer = new FixedRules(RULES, NEXT_CATALOGUE);
        const half = Math.ceil(batches.length / 2);
        for (const batch of batches.slice(0, half)) await stageOf(older).execute(batch);
        const rest = batches.slice(half);
        await Promise.all([
          buildUp(newer),
          buildUp(newer),
          (async () => {
            for (const [index, batch] of rest.entries()) {
              await stageOf(index % 2 === 0 ? older : newer).execute(batch);
            }
          })(),
        ]);
        await buildOf(older).execute();
        const expected = dumpOf(await aggregateInMemory(batches, newer));
        expect(sortedLines(await canonicalDump(storage.unitOfWork, TENANT))).toEqual(
          sortedLines(expected),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('leave the publications of the old version, and answer as of then with it', async () => {
    await emptyTables(storage);
    const tenants = new FixedRules(RULES);
    const batches = fc
      .sample(anyBatches, { numRuns: 40, seed: 5 })
      .reduce((longest, each) => (each.length > longest.length ? each : longest));
    for (const batch of batches) await stageOf(tenants).execute(batch);
    expect(await publish()).toBeGreaterThan(0);
    const contacts = kpiNamed('contacts');
    if (contacts === undefined) throw new Error('no such KPI');
    const read = (asOfMs?: number): ReturnType<ReadKpi['execute']> =>
      new ReadKpi(new PostgresKpiReadings(storage.unitOfWork, tenants), clock, {
        graceMs: 0,
      }).execute({
        tenant: TENANT,
        kpi: contacts,
        span: { from: { atMs: FROM_MS - HOUR_MS }, to: { atMs: TO_MS + HOUR_MS } },
        by: ['channel'],
        filters: [],
        isCompared: false,
        asOfMs,
      });
    const before = await read();
    expect(before).toMatchObject({ version: 1 });
    clock.set(LATER_MS + 1_000);
    tenants.definitions = NEXT_CATALOGUE;
    await buildUp(tenants);
    await buildOf(tenants).execute();
    clock.set(LATER_MS + 2_000);
    await publish();
    expect(await read()).toMatchObject({ version: 2 });
    expect(await read(LATER_MS + 500)).toMatchObject({
      version: 1,
      n: before.n,
      groups: before.groups,
    });
    expect(await read(LATER_MS + 2_000)).toMatchObject({ version: 2, n: (await read()).n });
    expect(
      await storage.unitOfWork.read(
        "SELECT 1 FROM bucket WHERE kpi = 'contacts' AND version = 1 LIMIT 1",
      ),
    ).toEqual([]);
  });
});
