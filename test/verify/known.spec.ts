/** Nothing that the services count is left out in silence: a new kind or KPI is recomputed, or named here as not yet. */
import { describe, expect, it } from '@jest/globals';
import { FACTS_LEFT_OUT, RECOMPUTED_KPIS } from '#verify';
import { CATALOGUE } from '../../apps/metrics/src/domain/catalogue/index.js';

/** Fact kinds that wait for their naive derivation in libs/verify/src/facts; the command names them too. */
const FACTS_WAITING: readonly string[] = [];
/** KPIs that wait for their entry in libs/verify/src/buckets/measures.ts. */
const KPIS_WAITING: readonly string[] = [];

describe('verify knows', () => {
  it('every kind of fact', () => {
    expect(FACTS_LEFT_OUT).toEqual(FACTS_WAITING);
  });

  it('every KPI of the catalogue, under its version and dimensions', () => {
    const published = CATALOGUE.map(({ name, version, dimensions }) => [name, version, dimensions]);
    const known = RECOMPUTED_KPIS.map(({ kpi, version, dims }) => [kpi, version, dims]);
    const unknown = published.filter(
      ([name]) =>
        !RECOMPUTED_KPIS.some(({ kpi }) => kpi === name) && !KPIS_WAITING.includes(`${name}`),
    );
    expect(unknown).toEqual([]);
    expect(known).toEqual(expect.arrayContaining(published));
  });
});
