import { fairShares } from '../shares.js';
import type { LogRecord, PartitionRange } from '../event-log.js';
import type { Page, Position } from './record-store.js';

/** How many records of each position go into a page of at most `budget`. */
export function takes(
  positions: readonly Position[],
  ranges: readonly PartitionRange[],
  budget: number,
): number[] {
  return fairShares(waitingBehind(positions, ranges), budget);
}

/** What waits behind each position, in their order. */
export function waitingBehind(
  positions: readonly Position[],
  ranges: readonly PartitionRange[],
): number[] {
  return positions.map(({ next }, index) => Math.max(0, (ranges[index]?.next ?? 0) - next));
}

/**
 * The positions after a page. A page that is short of what was asked for has seen everything below the range's `next`
 * (compaction leaves gaps), so the position moves there and never looks at the gap again.
 */
export function advanced(
  positions: readonly Position[],
  page: Page,
  asked: readonly number[],
): Position[] {
  const byName = Map.groupBy(page.records, (record) => `${record.topic} ${record.partition}`);
  return positions.map((position, index) => {
    const records = byName.get(`${position.topic} ${position.partition}`) ?? [];
    return {
      ...position,
      next: nextAfter(position, records, {
        asked: asked[index] ?? 0,
        end: page.ranges[index]?.next,
      }),
    };
  });
}

function nextAfter(
  position: Position,
  records: readonly LogRecord[],
  page: { readonly asked: number; readonly end: number | undefined },
): number {
  if (records.length < page.asked) return Math.max(position.next, page.end ?? 0);
  const last = records.at(-1);
  return last === undefined ? position.next : last.offset + 1;
}
