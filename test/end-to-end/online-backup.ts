import { chown, copyFile, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

const OF_THE_RUNNING_SERVER = new Set(['postmaster.pid', 'postmaster.opts', 'owner.pid']);

/**
 * A physical backup of an embedded cluster while it is written to, as `pg_basebackup` makes one (which npm does not bring
 * along): start, copy the files, stop, copy the write-ahead log. A server started on `to` recovers to the end of that.
 */
export async function backUpOnline(databaseUrl: string, from: string, to: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('rehearsal', true)`);
    await copyFolder(from, to, ({ name }) => name !== 'pg_wal');
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(false)',
    );
    const label = join(to, 'data', 'backup_label');
    await writeFile(label, rows[0]?.labelfile ?? '');
    const { uid, gid } = await lstat(join(from, 'data'));
    await own(label, uid, gid);
    await copyFolder(join(from, 'data', 'pg_wal'), join(to, 'data', 'pg_wal'), () => true);
  } finally {
    await client.end();
  }
}

/** With owners and modes. What goes away meanwhile is left out: temporary files. */
async function copyFolder(
  from: string,
  to: string,
  isWanted: (entry: { readonly name: string }) => boolean,
): Promise<void> {
  const { mode, uid, gid } = await lstat(from);
  await mkdir(to, { recursive: true, mode: mode & 0o777 });
  await own(to, uid, gid);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!isWanted(entry) || OF_THE_RUNNING_SERVER.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target, isWanted);
    else if (entry.isFile()) await copyOne(source, target);
  }
}

async function copyOne(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target);
    const { uid, gid } = await lstat(source);
    await own(target, uid, gid);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
  }
}

async function own(path: string, uid: number, gid: number): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
