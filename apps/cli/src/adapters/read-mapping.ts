import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Fault } from '#kernel';
import type { Mapping } from '../domain/mapping.js';
import { parseMapping } from '../domain/parse-mapping.js';

export async function readMapping(path: string): Promise<Mapping> {
  const parsed = parseMapping(parse(await readFile(path, 'utf8')));
  if (parsed.ok) return parsed.value;
  throw new Fault(
    'invalid-parameter',
    `${path}:\n${parsed.problem.map((each) => `  - ${each}`).join('\n')}`,
  );
}
