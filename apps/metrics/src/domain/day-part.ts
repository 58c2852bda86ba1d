/**
 * What the buckets of one day say to one question: sums by part of the day (a series may cut it) and by group. Written as text
 * and read again it is the same, to the last digit.
 */
import { measuredSum } from './figure.js';
import type { Measurement } from './figure.js';

export interface DayPart extends Measurement {
  /** 0 from the start of the day on, one more after each cut. */
  readonly section: number;
  readonly by: readonly string[];
}

/** One part for each place (what it is of, and the groups), in the order in which they come first. */
export function mergedParts<Place extends { readonly by: readonly string[] }>(
  parts: readonly (Place & Measurement)[],
  of: (part: Place) => number,
): (Place & Measurement)[] {
  const groups = Map.groupBy(parts, (part) => [of(part), ...part.by].join('\u0000'));
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, ...measuredSum(same) }];
  });
}

type Written = readonly [
  section: number,
  by: readonly string[],
  counts: readonly [items: number, provisional: number, n: number],
  sums: readonly [numerator: string, squares: string],
  /** Bin, count, bin, count …: thousands of pairs would cost more than all the rest. */
  bins: readonly number[],
];

export function writeParts(parts: readonly DayPart[]): string {
  const written = parts.map(({ section, by, tally, bins }): Written => {
    const { items, provisional, n, numerator, squares } = tally;
    const sums = [String(numerator), String(squares)] as const;
    return [section, by, [items, provisional, n], sums, [...bins].flat()];
  });
  return JSON.stringify(written);
}

export function readParts(text: string): DayPart[] {
  const written = JSON.parse(text) as readonly Written[];
  return written.map(([section, by, [items, provisional, n], [numerator, squares], bins]) => ({
    section,
    by,
    tally: { items, provisional, n, numerator: BigInt(numerator), squares: BigInt(squares) },
    bins: binsOf(bins),
  }));
}

function binsOf(written: readonly number[]): Map<number, number> {
  const bins = new Map<number, number>();
  for (let index = 0; index + 1 < written.length; index += 2)
    bins.set(written[index] ?? 0, written[index + 1] ?? 0);
  return bins;
}
