import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from './errors.js';
import { renderContracts, renderErrors } from './render-contracts.js';

describe('the generated reference', () => {
  it.each([
    ['contracts.md', renderContracts],
    ['errors.md', renderErrors],
  ])('%s is fresh (else: npm run docs)', (name, render) => {
    expect(readFileSync(`docs/generated/${name}`, 'utf8')).toBe(render());
  });

  it('names every error code once', () => {
    for (const code of Object.keys(ERRORS)) {
      expect(renderErrors().split(`\`${code}\` |`)).toHaveLength(2);
    }
  });
});
