import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** What no linter rule says: names, sizes of glue, purity of words. Reads the files git tracks. */
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));
const sources = tracked.filter((path) => /^(apps|libs|test|bench)\/.*\.ts$/.test(path));
const lines = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('the tree is tidy', () => {
  it('has no folder that names no concept', () => {
    const nameless = /(^|\/)(common|shared|utils?|helpers?|core|misc)(\/|\.ts$)/;
    expect(sources.filter((path) => nameless.test(path))).toEqual([]);
  });

  it('names files in kebab-case with a role at most', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-spec)?)*\.ts$/;
    const names = sources.filter((path) => !kebab.test(path.split('/').at(-1) ?? ''));
    expect(names).toEqual([]);
  });

  it('keeps glue small: main 5 lines, README of a library 40', () => {
    const limits: [RegExp, number][] = [
      [/^apps\/[^/]+\/src\/main\.ts$/, 5],
      [/^libs\/[^/]+\/README\.md$/, 40],
    ];
    const over = limits.flatMap(([pattern, limit]) =>
      tracked.filter((path) => pattern.test(path) && lines(path).length > limit),
    );
    expect(over).toEqual([]);
  });

  it('gives every library a README and a front door', () => {
    const libraries = new Set(
      sources.filter((path) => path.startsWith('libs/')).map((path) => path.split('/')[1]),
    );
    for (const library of libraries) {
      expect(existsSync(`libs/${library}/src/index.ts`)).toBe(true);
      expect(existsSync(`libs/${library}/README.md`)).toBe(true);
    }
  });

  it('opens every domain file with prose that says what it is', () => {
    const silent = sources
      .filter((path) => path.includes('/src/domain/') && !/spec\.ts$|fixture\.ts$/.test(path))
      .filter((path) => !readFileSync(path, 'utf8').slice(0, 1200).includes('/**'));
    expect(silent).toEqual([]);
  });

  it('leaves no marks for later and no skipped or focused test', () => {
    // In brackets, so that this file does not find itself.
    const marks =
      /TO[D]O|FIX[M]E|\b(it|test|describe)\.(ski[p]|onl[y]|tod[o])\b|@ts-i[g]nore|oxlint-d[i]sable|eslint-d[i]sable/;
    expect(sources.filter((path) => marks.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('lets nobody but postgres adapters reach for the entity manager of a transaction', () => {
    const allowed = /(^libs\/storage\/|\/adapters\/postgres\/|^test\/tidy)/;
    expect(
      sources.filter(
        (path) => !allowed.test(path) && readFileSync(path, 'utf8').includes('entityManagerOf'),
      ),
    ).toEqual([]);
  });

  it('reads the environment in configuration only', () => {
    const allowed =
      /(\.config\.ts|main\.ts|spec\.ts|^libs\/(testing|runtime)\/|^bench\/|^apps\/cli\/)/;
    expect(
      sources.filter(
        (path) => !allowed.test(path) && readFileSync(path, 'utf8').includes('process.env'),
      ),
    ).toEqual([]);
  });
});
