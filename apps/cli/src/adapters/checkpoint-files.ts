import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, Checkpoints } from '../application/ports.js';

/** One small JSON file an import, replaced as a whole, so that a crash leaves the older or the newer. */
export class CheckpointFiles extends Checkpoints {
  constructor(private readonly directory: string) {
    super();
  }

  async load(key: string): Promise<Checkpoint | undefined> {
    try {
      return JSON.parse(await readFile(this.path(key), 'utf8')) as Checkpoint;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async save(key: string, checkpoint: Checkpoint): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await writeFile(`${this.path(key)}.new`, JSON.stringify(checkpoint));
    await rename(`${this.path(key)}.new`, this.path(key));
  }

  async remove(key: string): Promise<void> {
    await rm(this.path(key), { force: true });
  }

  private path(key: string): string {
    return join(this.directory, `${key}.json`);
  }
}
