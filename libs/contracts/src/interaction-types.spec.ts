import { describe, expect, it } from '@jest/globals';
import { DATA_CLASSES } from './input/data-of-type.js';
import { INTERACTION_TYPES, interactionType, isDigital, TYPE_GROUPS } from './interaction-types.js';

describe('the interaction types', () => {
  it('cover every group, each type with a class for its data', () => {
    const types = Object.entries(INTERACTION_TYPES);
    const groups = new Set<string>(types.map(([, { group }]) => group));
    expect([...groups, 'custom'].sort()).toEqual([...TYPE_GROUPS].sort());
    expect([...DATA_CLASSES.keys()]).toEqual(types.map(([type]) => type));
    expect(types.every(([type]) => /^[a-z]+\.[a-z]+$/.test(type))).toBe(true);
  });

  it.each([
    'x-a',
    'x-warranty.registered',
    'X-a',
    'x-',
    'x-.',
    'x- a',
    'toString',
    '',
    `x-${'a'.repeat(99)}`,
  ])('takes %j as custom only with x- and a name', (type) => {
    const isCustom = type === 'x-a' || type === 'x-warranty.registered';
    expect(interactionType(type)?.group).toBe(isCustom ? 'custom' : undefined);
  });

  it('counts for sessions only what was done on web or mobile', () => {
    expect(isDigital({ type: 'page.viewed', channel: 'web' })).toBe(true);
    expect(isDigital({ type: 'order.placed', channel: 'mobile' })).toBe(true);
    expect(isDigital({ type: 'order.placed', channel: 'store' })).toBe(false);
    expect(isDigital({ type: 'order.shipped', channel: 'web' })).toBe(false);
    expect(isDigital({ type: 'x-a', channel: 'web' })).toBe(false);
  });
});
