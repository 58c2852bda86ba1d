import { compareKeys } from '#kernel';

/**
 * Who should hold which partition of a group. Every member computes the same answer from the same members: partitions in
 * order, each to the eligible member with the fewest so far, earlier joined first. No member ends more than one partition
 * above another that could take it.
 */
export interface Member {
  readonly memberId: string;
  readonly topicIds: readonly number[];
}

export interface PartitionId {
  readonly topicId: number;
  readonly partition: number;
}

/** `members` in the order of joining; the answer maps `topicId/partition` to a member id. */
export function assign(
  members: readonly Member[],
  partitions: readonly PartitionId[],
): ReadonlyMap<string, string> {
  const load = new Map(members.map(({ memberId }) => [memberId, 0]));
  const owners = new Map<string, string>();
  const sorted = [...partitions].sort((a, b) =>
    compareKeys([a.topicId, a.partition], [b.topicId, b.partition]),
  );
  for (const partition of sorted) {
    const owner = leastLoaded(members, partition, load);
    if (owner === undefined) continue;
    load.set(owner, (load.get(owner) ?? 0) + 1);
    owners.set(partitionKey(partition), owner);
  }
  return owners;
}

export function partitionKey({ topicId, partition }: PartitionId): string {
  return `${topicId}/${partition}`;
}

function leastLoaded(
  members: readonly Member[],
  { topicId }: PartitionId,
  load: ReadonlyMap<string, number>,
): string | undefined {
  let best: string | undefined;
  for (const { memberId, topicIds } of members) {
    if (!topicIds.includes(topicId)) continue;
    if (best === undefined || (load.get(memberId) ?? 0) < (load.get(best) ?? 0)) best = memberId;
  }
  return best;
}
