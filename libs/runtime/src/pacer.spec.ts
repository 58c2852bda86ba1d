import { describe, expect, it } from '@jest/globals';
import { restAfter } from './pacer.js';

describe('the rest after a step', () => {
  it('is short where nothing else is to be done, and four times the step where much is', () => {
    expect(restAfter(200, 0)).toBe(50);
    expect(restAfter(200, 1)).toBe(800);
    expect(restAfter(200, 0.4)).toBeGreaterThan(restAfter(200, 0.2));
  });
});
