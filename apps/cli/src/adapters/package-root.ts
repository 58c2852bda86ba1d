import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '#kernel';

/** The folder of package.json above this file, compiled (`dist/`) or not: data files and programs are found from there. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

export const inPackage = (...path: readonly string[]): string => join(packageRoot, ...path);

function findRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    invariant(above !== folder, 'the commands run from inside their package');
    folder = above;
  }
  return folder;
}
