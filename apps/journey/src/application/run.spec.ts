import { describe, expect, it } from '@jest/globals';
import { type Standing, TimelineFold } from '../domain/checkpoint.js';
import { FOLDING } from '../domain/derive.js';
import type { Entry } from '../domain/timeline.js';
import { START, told } from '../domain/told.fixture.js';
import { begun, foldFromTheLeft } from './run.js';
import { END } from './spans.js';

const entries = ['a', 'b', 'c', 'd'].map((id, index) => told({ id, at: START + index }));

function standingAfter(taken: readonly Entry[]): Standing {
  const fold = new TimelineFold(FOLDING, undefined);
  for (const entry of taken) fold.take(entry);
  return fold.standing() as Standing;
}

describe('a span of a timeline that is folded again', () => {
  it('stops where it stands as before', () => {
    const span = begun(FOLDING, { start: undefined, last: START });
    span.entries.push(...entries);
    span.stops.push(standingAfter(entries.slice(0, 2)));
    span.reached = END;
    expect(foldFromTheLeft([span])).toEqual([span]);
    expect(span.stoppedAt?.tail.id).toBe('b');
  });

  it('never stops before the last change of the next one, in whose place it came', () => {
    const span = begun(FOLDING, { start: undefined, last: START });
    // It stands as before after b; d, which came into the next one, lies behind that.
    const next = begun(FOLDING, { start: standingAfter(entries.slice(0, 1)), last: START + 3 });
    span.entries.push(...entries);
    span.stops.push(standingAfter(entries.slice(0, 2)));
    span.reached = END;
    expect(foldFromTheLeft([span, next])).toEqual([span]);
    expect(span.stoppedAt).toBeUndefined();
    expect(span.fold.standing()).toEqual(standingAfter(entries));
  });
});
