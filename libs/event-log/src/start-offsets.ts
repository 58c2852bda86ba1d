import { Fault } from '#kernel';
import { isFinalFault, untilDone } from './delivery.js';
import type { PartitionRange, SubscribeOptions, TopicPartition } from './event-log.js';

/** One text for a topic and partition; topic names hold no space. */
export function partitionName(at: TopicPartition): string {
  return `${at.topic} ${at.partition}`;
}

/** The partition that {@link partitionName} named. */
export function partitionNamed(name: string): TopicPartition {
  const [topic = '', partition] = name.split(' ');
  return { topic, partition: Number(partition) };
}

/** The offset to start at, or a Fault: an offset outside what the log holds is never moved silently. */
export function checkedStart(stored: number | undefined, range: PartitionRange): number {
  if (stored === undefined) return range.earliest;
  assertHeld(stored, range);
  return stored;
}

/** Throws `offset-out-of-range` unless the record wanted next is still, or will be, in the log. */
export function assertHeld(next: number, range: PartitionRange): void {
  if (next >= range.earliest && next <= range.next) return;
  const reason =
    next < range.earliest
      ? 'retention has removed records that were never handled'
      : 'the log holds less than was already handled (was it restored or recreated?)';
  throw new Fault(
    'offset-out-of-range',
    `${range.topic} partition ${range.partition}: offset ${next} is wanted, the log holds ` +
      `${range.earliest} to ${range.next}: ${reason}. Run \`touchline doctor\` to rebuild from the archive`,
  );
}

/**
 * Asks the offset store where to start, for as long as it cannot answer. A non-retriable Fault of the store (another
 * incarnation) and an offset out of range are thrown. Undefined when the signal ended it.
 */
export async function startOffsets(
  ranges: readonly PartitionRange[],
  incarnation: string,
  options: Pick<SubscribeOptions, 'startAt' | 'onRetry'> & { readonly signal: AbortSignal },
): Promise<readonly number[] | undefined> {
  if (ranges.length === 0) return [];
  const partitions = ranges.map(({ topic, partition }) => ({ topic, partition }));
  const asked = await untilDone(async () => options.startAt(partitions, incarnation), {
    ...options,
    isFinal: isFinalFault,
  });
  return asked && ranges.map((range, index) => checkedStart(asked.value[index], range));
}
