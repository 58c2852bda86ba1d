import { describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { FixedClock } from '#kernel';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import { AggregateBatch } from '../counting/aggregate-batch.js';
import { anyQuestion, assertDrillDown } from './drill-down.fixture.js';
import { ListFactsBehind } from './list-facts-behind.js';
import { MemoryReadings } from '../memory-readings.fixture.js';
import { FixedRules, MemoryTables, MemoryUnitOfWork } from '../memory-tables.fixture.js';
import { anyBatches, anyRules, TO_MS } from '../random-history.fixture.js';
import { ReadKpi } from './read-kpi.js';

/** Hundreds of runs on a machine that others use too. */
jest.setTimeout(120_000);

describe('drill-down', () => {
  it('gives the number of every KPI back, over random spans, filters and groups', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, anyQuestion, async (batches, rules, question) => {
        const tables = new MemoryTables();
        const tenants = new FixedRules(rules);
        const clock = new FixedClock(TO_MS);
        const stage = new AggregateBatch(new MemoryUnitOfWork(), tables, tenants, clock);
        for (const batch of batches) await stage.execute(batch);
        const readings = new MemoryReadings(tables, tenants);
        const readers = {
          readKpi: new ReadKpi(readings, clock, { graceMs: 0 }),
          listFacts: new ListFactsBehind(readings, clock),
        };
        for (const kpi of CATALOGUE) await assertDrillDown(readers, kpi, question);
      }),
      { numRuns: 500 },
    );
  });
});
