import { describe, expect, it } from '@jest/globals';
import { connectedComponents, interactionName, pairwiseScore } from './score.js';
import type { PostedInteraction } from './simulation.js';

const partition = (groups: readonly (readonly string[])[]) =>
  new Map(groups.flatMap((items, index) => items.map((item) => [item, `g${index}`] as const)));

const posted = (id: string, rest: Partial<PostedInteraction>): PostedInteraction => ({
  id,
  source: 's',
  type: 'page.viewed',
  channel: 'web',
  occurredAt: '2026-01-01T00:00:00.000Z',
  ...rest,
});

describe('pairwiseScore', () => {
  it('is perfect for the truth itself, whatever the groups are called', () => {
    const truth = partition([['a', 'b'], ['c']]);
    const same = new Map([...truth].map(([item, group]) => [item, `other-${group}`]));
    expect(pairwiseScore(same, truth)).toEqual({ items: 3, precision: 1, recall: 1, f1: 1 });
  });

  it('loses precision by joining and recall by splitting', () => {
    const truth = partition([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const joined = pairwiseScore(partition([['a', 'b', 'c', 'd']]), truth);
    expect(joined).toMatchObject({ precision: 2 / 6, recall: 1 });
    const split = pairwiseScore(partition([['a'], ['b'], ['c', 'd']]), truth);
    expect(split).toMatchObject({ precision: 1, recall: 1 / 2 });
  });

  it('agrees with counting every pair', () => {
    const truth = partition([['a', 'b', 'c'], ['d', 'e'], ['f']]);
    const found = partition([
      ['a', 'b', 'd'],
      ['c', 'e', 'f'],
    ]);
    // together: ab ad bd ce cf ef; belonging: ab ac bc de; both: ab
    expect(pairwiseScore(found, truth)).toMatchObject({ precision: 1 / 6, recall: 1 / 4 });
  });

  it('counts an item that the partition does not know as alone', () => {
    const truth = partition([['a', 'b']]);
    expect(pairwiseScore(new Map(), truth)).toMatchObject({ precision: 1, recall: 0 });
  });
});

describe('connectedComponents', () => {
  const group = (interactions: PostedInteraction[], id: string) =>
    connectedComponents(interactions).get(interactionName({ source: 's', id }));

  it('joins over identifiers, conversations and references, transitively', () => {
    const interactions = [
      posted('1', { identifiers: [{ type: 'email', value: 'a' }], conversation: 'call-1' }),
      posted('2', { data: { about: 'call-1' } }),
      posted('3', { identifiers: [{ type: 'email', value: 'a' }], data: { orderId: 'o' } }),
      posted('4', { data: { orderId: 'o' } }),
      posted('5', { identifiers: [{ type: 'phone', value: 'a' }] }),
    ];
    expect(['1', '2', '3', '4'].map((id) => group(interactions, id))).toEqual(
      Array(4).fill(group(interactions, '1')),
    );
    expect(group(interactions, '5')).not.toBe(group(interactions, '1'));
  });
});
