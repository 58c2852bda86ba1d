import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ANSWERS_JSON, ROUTES } from '#contracts';

const { renderAnswers } = (await import(
  pathToFileURL(join(process.cwd(), 'scripts', 'answers.mjs')).href
)) as { renderAnswers: (root: string) => string };

/** Answers that are no JSON, or none. */
const OTHERS = [
  'DELETE /v1/keys/:x',
  'DELETE /v1/sources/:x',
  'GET /v1/profiles/:x/export',
  'GET /v1/stream',
];

describe('the schemas of answers', () => {
  it('are fresh (else: npm run docs)', () => {
    const written = readFileSync(join('libs', 'contracts', 'src', 'answers.ts'), 'utf8');
    expect(renderAnswers(process.cwd()) === written).toBe(true);
  }, 120_000);

  it('describe every call that answers JSON, and leave nothing open that has a shape', () => {
    const answers = JSON.parse(ANSWERS_JSON) as Record<string, { schema?: object }>;
    const described = new Map(
      Object.entries(answers).map(([call, { schema }]) => [
        call.replaceAll(/\{\w+\}/g, ':x'),
        schema,
      ]),
    );
    const without = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':x')}`)
      .filter((call) => Object.keys(described.get(call) ?? {}).length === 0)
      .sort();
    expect(without).toEqual(OTHERS);
  });
});
