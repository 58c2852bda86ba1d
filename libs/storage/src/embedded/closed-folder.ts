import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The first folder on the way to one of the paths that only its owner or group may enter. */
export async function firstClosedFolder(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
      if (((await stat(folder)).mode & 0o001) === 0) return folder;
    }
  }
  return undefined;
}
