import { describe, expect, it } from '@jest/globals';
import type { FactMeasures } from '#contracts';
import { figureOf } from '../figure.js';
import { addToBins } from '../histogram.js';
import type { Measured, ObservationKind } from '../observation.js';
import { addTallies, contributionTo, EMPTY_TALLY } from '../tally.js';
import { CATALOGUE } from './index.js';

const RULES = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };

/** One small company's day, and by hand what each KPI must say of it. */
const DAY: readonly (readonly [ObservationKind, FactMeasures])[] = [
  ...Array.from({ length: 9 }, () => ['interaction', {}] as const),
  ['session', { durationMs: 60_000, pages: 3, converted: 1 }],
  ['session', { durationMs: 1_000, pages: 1, converted: 0 }],
  ['session', { durationMs: 2_000, pages: 1 }],
  ['session', { durationMs: 9_000, pages: 2, converted: 0 }],
  // answered in time · exactly at the limit · too late · gave up · gave up within 5 s · still waiting · a mail, no waiting time
  [
    'contact',
    { offered: 1, answered: 1, abandoned: 0, handled: 1, waitMs: 10_000, handleMs: 100_000 },
  ],
  [
    'contact',
    { offered: 1, answered: 1, abandoned: 0, handled: 1, waitMs: 20_000, handleMs: 200_000 },
  ],
  [
    'contact',
    { offered: 1, answered: 1, abandoned: 0, handled: 1, waitMs: 30_000, handleMs: 300_000 },
  ],
  ['contact', { offered: 1, answered: 0, abandoned: 1, handled: 0, waitMs: 60_000 }],
  ['contact', { offered: 1, answered: 0, abandoned: 1, handled: 0, waitMs: 4_999 }],
  ['contact', { offered: 1, answered: 0, abandoned: 0, handled: 0 }],
  ['contact', { offered: 1, answered: 1, abandoned: 0, handled: 1 }],
  ['order', { value: 100_000, refunded: 25_000, cancelled: 0 }],
  ['order', { value: 59_900 }],
  ['order', { value: 999_900, cancelled: 1 }],
  // transferred twice, half of it on hold · not transferred; a mail with a response
  ['contact', { handled: 1, transfers: 2, holdMs: 30_000, handleMs: 60_000 }],
  ['contact', { handled: 1, transfers: 0, holdMs: 0, handleMs: 340_000, firstResponseMs: 9_990 }],
  ['contact', { responded: 1, transfers: 0, firstResponseMs: 10_010 }],
  [
    'issue',
    {
      contacts: 1,
      handoffs: 0,
      failedHandoffs: 0,
      repeats: 0,
      resolved: 1,
      resolvedOnFirst: 1,
      resolutionMs: 60_000,
    },
  ],
  [
    'issue',
    {
      contacts: 4,
      handoffs: 3,
      failedHandoffs: 1,
      repeats: 3,
      resolved: 1,
      resolvedOnFirst: 0,
      resolutionMs: 60_400,
    },
  ],
  [
    'issue',
    { contacts: 3, handoffs: 1, failedHandoffs: 1, repeats: 2, resolved: 0, resolvedOnFirst: 0 },
  ],
  ['selfservice', { contained: 1, trulyContained: 1 }],
  ['selfservice', { contained: 1, trulyContained: 0 }],
  ['selfservice', { contained: 1, trulyContained: 0 }],
  ['selfservice', { contained: 0, trulyContained: 0 }],
  ['cart', { value: 400_000, ordered: 0, abandoned: 1, recovered: 0 }],
  ['cart', { ordered: 1, abandoned: 0, recovered: 0 }],
  ['cart', { ordered: 1, abandoned: 1, recovered: 1 }],
  ['promise', { due: 1, open: 0, kept: 1, keptLate: 0, broken: 0 }],
  ['promise', { due: 1, open: 0, kept: 0, keptLate: 1, broken: 0 }],
  ['promise', { due: 1, open: 0, kept: 0, keptLate: 0, broken: 1 }],
  ['promise', { due: 1, open: 1, kept: 0, keptLate: 0, broken: 0 }],
  ['promise', { due: 0, open: 0, kept: 0, keptLate: 0, broken: 0, cancelled: 1 }],
  ['stage', { entered: 1, timeToStageMs: 9_990 }],
  ['stage', { entered: 1, timeToStageMs: 10_010 }],
  ['invitation', { delivered: 1, answered: 1 }],
  ['invitation', { delivered: 1, answered: 0 }],
  ['invitation', { delivered: 0, answered: 0 }],
  ['survey', { nps: 1, score: 1_000, promoter: 1, passive: 0, detractor: 0 }],
  ['survey', { nps: 1, score: 900, promoter: 1, passive: 0, detractor: 0 }],
  ['survey', { nps: 1, score: 800, promoter: 0, passive: 1, detractor: 0 }],
  ['survey', { nps: 1, score: 600, promoter: 0, passive: 0, detractor: 1 }],
  ['survey', { csat: 1, score: 500, topTwo: 1 }],
  ['survey', { csat: 1, score: 300, topTwo: 0 }],
  ['survey', { ces: 1, score: 700, easy: 1 }],
  ['survey', { ces: 1, score: 450, easy: 0 }],
];

const GOLDEN: Readonly<
  Record<string, readonly [value: number | string, n: number, numerator: number | string]>
> = {
  interactions: [9, 9, 9],
  sessions: [4, 4, 4],
  'conversion-rate': [0.25, 4, 1],
  contacts: [10, 10, 10],
  'average-speed-of-answer': [20_000, 3, 60_000],
  'average-handle-time': [200_000, 5, 1_000_000],
  'abandonment-rate': [1 / 6, 6, 1],
  'service-level': [2 / 5, 5, 2],
  'transfer-rate': [1 / 2, 2, 1],
  'hold-share': [0.03, 1_000_000, 30_000],
  'first-response-time': [10_000, 2, 20_000],
  'first-contact-resolution': [1 / 2, 2, 1],
  'repeat-contact-rate': [5 / 8, 8, 5],
  'handoffs-per-issue': [4 / 3, 3, 4],
  'failed-handoff-rate': [1 / 2, 4, 2],
  'resolution-time': [60_200, 2, 120_400],
  containment: [3 / 4, 4, 3],
  'true-containment': [1 / 4, 4, 1],
  'cart-abandonment-rate': [2 / 3, 3, 2],
  'promise-kept-rate': [1 / 3, 3, 1],
  'stage-funnel': [2, 2, 2],
  'time-to-stage': [10_000, 2, 20_000],
  'survey-response-rate': [1 / 2, 2, 1],
  orders: [2, 2, 2],
  revenue: ['15.99', 2, '15.99'],
  'net-revenue': ['13.49', 2, '13.49'],
  nps: [25, 4, 1],
  csat: [0.5, 2, 1],
  'csat-mean': [4, 2, 8],
  ces: [5.75, 2, 11.5],
  'ces-easy-share': [0.5, 2, 1],
};

function measured(
  [kind, measures]: readonly [ObservationKind, FactMeasures],
  index: number,
): Measured {
  return {
    tenant: 't',
    kind,
    key: String(index),
    revision: 1,
    isGone: false,
    atMs: 0,
    dims: {},
    measures,
    isProvisional: false,
  };
}

describe('the catalogue', () => {
  it('has golden numbers for every KPI', () => {
    expect(Object.keys(GOLDEN).sort()).toEqual(CATALOGUE.map(({ name }) => name).sort());
  });

  it.each(CATALOGUE.map((kpi) => [kpi.name, kpi] as const))('%s', (name, kpi) => {
    let tally = EMPTY_TALLY;
    const bins = new Map<number, number>();
    for (const each of DAY.map(measured)) {
      const added = contributionTo(kpi, each, RULES);
      if (added === undefined) continue;
      tally = addTallies(tally, added.tally);
      if (added.sample !== undefined) addToBins(bins, added.sample, 1);
    }
    const { value, n, numerator, percentiles } = figureOf(kpi, { tally, bins });
    expect([value, n, numerator]).toEqual(GOLDEN[name]);
    if (percentiles !== undefined) expect(percentiles.p50).toBeCloseTo(Number(value), -3);
  });

  it('counts nothing of a gone observation', () => {
    for (const kpi of CATALOGUE) {
      for (const each of DAY.map(measured))
        expect(contributionTo(kpi, { ...each, isGone: true }, RULES)).toBeUndefined();
    }
  });
});
