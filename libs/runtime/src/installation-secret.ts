import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The secret of an embedded installation: made once, in a file that only its owner can read. */
export async function installationSecret(folder: string): Promise<string> {
  const path = join(folder, 'secret');
  const known = await knownSecret(folder);
  if (known !== undefined) return known;
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(path, randomBytes(SECRET_BYTES).toString('hex'), {
      mode: OWNER_ONLY,
      flag: 'wx',
    });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}

/** The secret that the folder holds already. */
export async function knownSecret(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, 'secret'), 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === code;
}
