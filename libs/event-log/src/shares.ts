/**
 * Divides a batch among partitions: each gets what it has up to an equal share; what one leaves goes to the others. So a long
 * backlog of one partition does not starve the rest, and a batch is full whenever enough waits.
 */
export function fairShares(available: readonly number[], budget: number): number[] {
  const shares = available.map(() => 0);
  const ascending = available
    .map((_, index) => index)
    .sort((a, b) => at(available, a) - at(available, b));
  let left = budget;
  ascending.forEach((index, place) => {
    const share = Math.min(at(available, index), Math.ceil(left / (ascending.length - place)));
    shares[index] = share;
    left -= share;
  });
  return shares;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
