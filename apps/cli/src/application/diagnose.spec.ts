import { describe, expect, it } from '@jest/globals';
import { diagnose } from './diagnose.js';

describe('doctor', () => {
  it('reports every check, whatever the others found, and skips those that do not apply', async () => {
    const findings = await diagnose([
      { name: 'a', fix: 'fix a', look: async () => 'fine' },
      { name: 'b', fix: 'fix b', look: () => Promise.reject(new Error('broken')) },
      { name: 'c', fix: 'fix c', look: async () => ({ warning: 'hm' }) },
      { name: 'd', fix: 'fix d', look: async () => undefined },
    ]);
    expect(findings).toEqual([
      { check: 'a', status: 'good', found: 'fine' },
      { check: 'b', status: 'bad', found: 'broken', fix: 'fix b' },
      { check: 'c', status: 'warning', found: 'hm', fix: 'fix c' },
    ]);
  });
});
