import { describe, expect, it } from '@jest/globals';
import type { Stage } from '#contracts';
import { START, told } from '../told.fixture.js';
import type { Entry } from '../timeline.js';
import { foldKind } from './fold.fixture.js';
import { stage } from './stage.js';

const seen = (id: string, minutes: number, at: Stage): Entry =>
  told({ id, at: START + minutes * 60_000, stage: at });
const folded = (...entries: Entry[]) => foldKind(stage, entries, START);

describe('a stage', () => {
  it('is entered once, with the time since the first one', () => {
    const facts = folded(
      seen('a', 0, 'discovery'),
      seen('b', 5, 'purchase'),
      seen('c', 9, 'discovery'),
    );
    expect(facts).toMatchObject([
      { at: START, dims: { stage: 'discovery' }, measures: { entered: 1, timeToStageMs: 0 } },
      { dims: { stage: 'purchase' }, measures: { timeToStageMs: 300_000 }, status: 'final' },
    ]);
    expect(facts[0]).not.toHaveProperty('finalAt');
  });

  it('is entered by the smaller of two ids at one instant', () => {
    const [fact] = folded(seen('b', 0, 'use'), seen('a', 0, 'use'));
    expect(fact?.interactions.first).toEqual([{ source: 'shop', id: 'a' }]);
  });

  it('has no part in what belongs to none', () => {
    expect(stage.takes(told({}).interaction)).toBe(false);
  });
});
