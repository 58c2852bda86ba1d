import { describe, expect, it } from '@jest/globals';
import { describeError } from './describe-error.js';

describe('what is logged of an error', () => {
  it('holds neither what its message quotes, nor members of drivers, nor lines of the message as frames', () => {
    const cause = Object.assign(new Error('duplicate key: Key (email)=(jane@example.com) exists'), {
      code: '23505',
      detail: 'Key (email)=(jane@example.com)',
      parameters: ['jane@example.com'],
    });
    const error = new Error(
      'cannot read "jane" by tl_write_janesKey123\n    at jane@example.com +49 170 555 00 01',
      { cause },
    );
    const said = describeError(error);
    expect(JSON.stringify(said)).not.toMatch(/jane|555/);
    expect(said).toMatchObject({ error: 'Error', cause: { code: '23505' } });
    expect((said['stack'] as string[]).every((line) => line.startsWith('at '))).toBe(true);
    expect(said['stack']).not.toHaveLength(0);
  });
});
