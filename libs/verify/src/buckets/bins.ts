/**
 * The published bins of histograms: bin 0 holds what is not above 0; then each starts where the one before ends and reaches
 * to ⌊low · 101 / 99⌋, up to the one that holds 10¹⁰.
 */
const LARGEST = 10_000_000_000;

const TOPS: number[] = [0];
while ((TOPS.at(-1) ?? 0) < LARGEST) TOPS.push(Math.floor((((TOPS.at(-1) ?? 0) + 1) * 101) / 99));

export function binOf(value: number): number {
  const bin = TOPS.findIndex((top) => value <= top);
  return bin < 0 ? TOPS.length - 1 : bin;
}
