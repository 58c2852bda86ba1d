import { expect } from '@jest/globals';
import fc from 'fast-check';
import { isFault } from '#kernel';
import { PERIODS } from '../../domain/bucket.js';
import type { Period } from '../../domain/bucket.js';
import type { Amount } from '../../domain/figure.js';
import { fixedPointOf } from '../../domain/kpi.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import { WINDOWS } from '../../domain/window.js';
import type { WindowName } from '../../domain/window.js';
import type { AskedSpan } from '../../domain/asked-span.js';
import type { BehindRequest } from './kpi-request.js';
import type { FactBehind, FactsBehind, ListFactsBehind } from './list-facts-behind.js';
import { FROM_MS, TENANT, TO_MS } from '../random-history.fixture.js';
import type { KpiAnswer, ReadKpi } from './read-kpi.js';

export interface Readers {
  readonly readKpi: ReadKpi;
  readonly listFacts: ListFactsBehind;
}

export interface Question {
  readonly span: AskedSpan;
  readonly by: readonly number[];
  readonly filter: readonly string[];
  readonly bucket: Period | undefined;
}

export const anyQuestion: fc.Arbitrary<Question> = fc.record({
  span: fc.oneof(
    fc.constantFrom(...(Object.keys(WINDOWS) as WindowName[])).map((window) => ({ window })),
    fc
      .tuple(
        fc.integer({ min: FROM_MS, max: TO_MS }),
        fc.integer({ min: 60_000, max: 30 * 3_600_000 }),
      )
      .map(([fromMs, length]) => ({ from: { atMs: fromMs }, to: { atMs: fromMs + length } })),
  ),
  by: fc.subarray([0, 1]),
  filter: fc.subarray(['phone', 'web']),
  bucket: fc.option(fc.constantFrom(...PERIODS.slice(1)), { nil: undefined }),
});

/** Number, groups and series against totals and pages of the facts behind them; both refuse mixed currencies alike. */
export async function assertDrillDown(
  readers: Readers,
  kpi: KpiDefinition,
  question: Question,
): Promise<void> {
  const base = {
    tenant: TENANT,
    kpi,
    span: question.span,
    by: question.by.flatMap((index) => kpi.dimensions[index] ?? []),
    filters:
      question.filter.length === 0
        ? []
        : [{ dimension: 'channel' as const, values: question.filter }],
  };
  const number = await outcome(
    readers.readKpi.execute({ ...base, bucket: question.bucket, isCompared: false }),
  );
  const facts = await outcome(readers.listFacts.execute({ ...base, limit: 7 }));
  if (number === 'several-currencies' || facts === 'several-currencies') {
    expect(number).toBe(facts);
    return;
  }
  assertTotals(number, facts);
  assertSeries(number, kpi);
  const items = await pages(readers, base, facts);
  expect(items.reduce((sum, item) => sum + item.n, 0)).toBe(number.n);
  if (number.numerator !== null) {
    expect(items.reduce((sum, item) => sum + integerOf(kpi, item.numerator), 0n)).toBe(
      integerOf(kpi, number.numerator),
    );
  }
}

function assertTotals(number: KpiAnswer, facts: FactsBehind): void {
  expect(facts.count).toBe(number.n);
  expect(facts.sum).toEqual(number.numerator);
  expect(facts.groups).toEqual(
    number.groups.map(({ dims, n, numerator }) => ({ dims, count: n, sum: numerator })),
  );
}

function assertSeries(number: KpiAnswer, kpi: KpiDefinition): void {
  if (number.series.length === 0 || number.numerator === null) return;
  const { series } = number;
  expect(series[0]?.from).toBe(number.from);
  expect(series.at(-1)?.to).toBe(number.to);
  expect(series.reduce((sum, point) => sum + point.n, 0)).toBe(number.n);
  expect(series.reduce((sum, point) => sum + integerOf(kpi, point.numerator ?? 0), 0n)).toBe(
    integerOf(kpi, number.numerator),
  );
  for (const group of number.groups) {
    expect(group.series?.reduce((sum, point) => sum + point.n, 0)).toBe(group.n);
  }
}

async function pages(
  readers: Readers,
  base: Omit<BehindRequest, 'limit'>,
  first: FactsBehind,
): Promise<FactBehind[]> {
  const items = [...first.items];
  for (let after = first.next; after !== undefined;) {
    const page = await readers.listFacts.execute({ ...base, limit: 7, after });
    items.push(...page.items);
    after = page.next;
  }
  expect(
    new Set(items.map(({ observation }) => `${observation.kind} ${observation.key}`)).size,
  ).toBe(items.length);
  return items;
}

async function outcome<Answer>(asked: Promise<Answer>): Promise<Answer | 'several-currencies'> {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) && error.code === 'several-currencies') return 'several-currencies';
    throw error;
  }
}

/** An amount as it is stored. */
function integerOf(kpi: KpiDefinition, amount: Amount): bigint {
  if (typeof amount === 'number') return BigInt(Math.round(amount * fixedPointOf(kpi.unit)));
  const [whole = '0', decimals = ''] = amount.split('.');
  const digits = BigInt(`${whole.replace('-', '')}${decimals.padEnd(4, '0')}`);
  return amount.startsWith('-') ? -digits : digits;
}
