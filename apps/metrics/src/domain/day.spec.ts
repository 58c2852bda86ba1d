import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergedParts, readParts, writeParts } from './day-part.js';
import type { DayPart } from './day-part.js';
import { DAY_MS, dayOf, spanOfDay, spansOfDays, splitDays } from './day.js';
import type { Span } from './window.js';

/** Ascending and apart, also before 1970. */
const anySpans: fc.Arbitrary<Span[]> = fc
  .uniqueArray(fc.integer({ min: -5 * DAY_MS, max: 20 * DAY_MS }), { maxLength: 8 })
  .map((bounds) => bounds.sort((a, b) => a - b))
  .map((bounds) =>
    bounds.flatMap((fromMs, index) => {
      const toMs = bounds[index + 1];
      return index % 2 === 0 && toMs !== undefined ? [{ fromMs, toMs }] : [];
    }),
  );

const anyPart: fc.Arbitrary<DayPart> = fc.record({
  section: fc.nat(2),
  by: fc.tuple(fc.constantFrom('phone', 'web', '')),
  tally: fc.record({
    items: fc.nat(),
    provisional: fc.nat(),
    n: fc.integer(),
    numerator: fc.bigInt(),
    squares: fc.bigInt(),
  }),
  bins: fc
    .uniqueArray(fc.tuple(fc.nat(2_000), fc.integer({ min: 1 })), { selector: ([bin]) => bin })
    .map((bins) => new Map(bins)),
});

describe('spans divided into days', () => {
  it('hold every instant once, in a day of its own or in the rest', () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const { days, rest } = splitDays(spans);
        const pieces = [...days.map(spanOfDay), ...rest].sort((a, b) => a.fromMs - b.fromMs);
        expect(joined(pieces)).toEqual(joined(spans));
        for (const { fromMs, toMs } of rest) expect(toMs - fromMs).toBeLessThan(2 * DAY_MS);
        expect(joined(spansOfDays(days))).toEqual(spansOfDays(days));
        expect(spansOfDays(days).flatMap((span) => splitDays([span]).days)).toEqual(days);
        for (const day of days) expect(dayOf(spanOfDay(day).fromMs)).toBe(day);
      }),
    );
  });
});

describe('the parts of a day', () => {
  it('are the same when they were written and read', () => {
    fc.assert(
      fc.property(fc.array(anyPart), (parts) => {
        expect(readParts(writeParts(parts))).toEqual(parts);
      }),
    );
  });

  it('stand once for each section and group', () => {
    fc.assert(
      fc.property(fc.array(anyPart), (parts) => {
        const merged = mergedParts(parts, ({ section }) => section);
        const keys = merged.map(({ section, by }) => `${section} ${by.join()}`);
        expect(new Set(keys).size).toBe(keys.length);
        const items = (of: readonly DayPart[]) =>
          of.reduce((sum, { tally }) => sum + tally.items, 0);
        expect(items(merged)).toBe(items(parts));
      }),
    );
  });
});

/** Neighbours as one. */
function joined(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const span of spans) {
    const before = found.at(-1);
    if (before?.toMs === span.fromMs) found[found.length - 1] = { ...before, toMs: span.toMs };
    else found.push(span);
  }
  return found;
}
