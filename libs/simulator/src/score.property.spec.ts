import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pairwiseScore } from './score.js';

const labels = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), {
  maxLength: 40,
});

describe('pairwiseScore', () => {
  it('equals counting every pair, one by one', () => {
    fc.assert(
      fc.property(labels, (items) => {
        let [good, together, belonging] = [0, 0, 0];
        for (const [index, [group, person]] of items.entries()) {
          for (const [otherGroup, otherPerson] of items.slice(index + 1)) {
            if (group === otherGroup) together++;
            if (person === otherPerson) belonging++;
            if (group === otherGroup && person === otherPerson) good++;
          }
        }
        const partition = new Map(items.map(([group], index) => [`${index}`, `${group}`]));
        const truth = new Map(items.map(([, person], index) => [`${index}`, `${person}`]));
        expect(pairwiseScore(partition, truth)).toMatchObject({
          precision: together === 0 ? 1 : good / together,
          recall: belonging === 0 ? 1 : good / belonging,
        });
      }),
    );
  });
});
