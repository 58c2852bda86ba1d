import { describe, it } from '@jest/globals';
import * as fc from 'fast-check';
import { assign } from './assignment.js';

const topics = [1, 2, 3];
const partitions = topics.flatMap((topicId) =>
  [0, 1, 2, 3].map((partition) => ({ topicId, partition })),
);

describe('the assignment of a group', () => {
  it('gives every partition to exactly one member, evenly, and the same whatever the order of the partitions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.shuffledSubarray(partitions, { minLength: 1 }),
        (count, some) => {
          const members = Array.from({ length: count }, (_, index) => ({
            memberId: `member-${index}`,
            topicIds: topics,
          }));
          const owners = assign(members, some);
          const loads = members.map(
            ({ memberId }) => [...owners.values()].filter((owner) => owner === memberId).length,
          );
          const again = assign(members, [...some].reverse());
          return (
            owners.size === some.length &&
            Math.max(...loads) - Math.min(...loads) <= 1 &&
            [...owners].every(([partition, owner]) => again.get(partition) === owner)
          );
        },
      ),
    );
  });

  it('gives a partition only to members that want its topic, and to none when nobody does', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(topics), { minLength: 1, maxLength: 5 }), (wishes) => {
        const members = wishes.map((topicIds, index) => ({
          memberId: `member-${index}`,
          topicIds,
        }));
        const owners = assign(members, partitions);
        return partitions.every(({ topicId, partition }) => {
          const owner = members.find(
            ({ memberId }) => memberId === owners.get(`${topicId}/${partition}`),
          );
          return owner === undefined
            ? members.every(({ topicIds }) => !topicIds.includes(topicId))
            : owner.topicIds.includes(topicId);
        });
      }),
    );
  });
});
