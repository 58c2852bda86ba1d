import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationFault } from './config.js';

/** What names a file of authorities, and how the file is used. */
interface Authorities {
  readonly KAFKA_TLS: 'on' | 'off';
  readonly KAFKA_CA_FILE?: string;
  readonly DATABASE_URL?: string;
  readonly DATABASE_CA_FILE?: string;
  readonly REDIS_URL?: string;
  readonly REDIS_CA_FILE?: string;
}

/** Of a file that is there but unused: somebody believes in a protection that there is none of. */
export function authorityFaults(config: Authorities): string[] {
  const { KAFKA_CA_FILE, DATABASE_CA_FILE, REDIS_CA_FILE, REDIS_URL } = config;
  const faults = Object.entries({ KAFKA_CA_FILE, DATABASE_CA_FILE, REDIS_CA_FILE }).flatMap(
    ([name, path]) => (path === undefined ? [] : fileFaults(name, path)),
  );
  if (KAFKA_CA_FILE !== undefined && config.KAFKA_TLS === 'off')
    faults.push('KAFKA_CA_FILE is set, but KAFKA_TLS is not on');
  if (REDIS_CA_FILE !== undefined && !REDIS_URL?.startsWith('rediss://'))
    faults.push('REDIS_CA_FILE is set, but REDIS_URL is not rediss://…');
  return [...faults, ...databaseFaults(config)];
}

/**
 * The address with its file of authorities: pg reads it by `sslrootcert`, and checks names as well (`verify-full`). An address that
 * says so already stays as it is.
 */
export function withAuthority(url: string, caFile: string | undefined): string {
  if (caFile === undefined) return url;
  readAuthority('DATABASE_CA_FILE', caFile);
  const completed = new URL(url);
  completed.searchParams.set('sslmode', 'verify-full');
  completed.searchParams.set('sslrootcert', caFile);
  return completed.href;
}

/** Certificates (PEM) of the file that the variable names; throws a {@link ConfigurationFault} where there are none. */
export function readAuthority(name: string, path: string): string {
  const faults = fileFaults(name, path);
  if (faults.length > 0) throw new ConfigurationFault(faults);
  return readFileSync(path, 'utf8');
}

function databaseFaults({ DATABASE_URL: url, DATABASE_CA_FILE: file }: Authorities): string[] {
  if (url === undefined)
    return file === undefined ? [] : ['DATABASE_CA_FILE is set, but DATABASE_URL is not'];
  if (!URL.canParse(url))
    return ['DATABASE_URL is no address: encode what is special in it (%40 for @)'];
  const { searchParams: said } = new URL(url);
  const [mode, root] = [said.get('sslmode'), said.get('sslrootcert')];
  if (file === undefined)
    return root === null ? [] : fileFaults('sslrootcert of DATABASE_URL', root);
  const faults: string[] = [];
  if (mode !== null && mode !== 'verify-full')
    faults.push('DATABASE_CA_FILE is set, but sslmode of DATABASE_URL is not verify-full');
  if (root !== null && root !== file)
    faults.push('DATABASE_CA_FILE is set, and sslrootcert of DATABASE_URL names another file');
  return faults;
}

function fileFaults(name: string, path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [`${name} names a file that cannot be read: ${path}`];
  }
  if (text.trim() === '') return [`${name} names a file that is empty: ${path}`];
  return isCertificate(text) ? [] : [`${name} names a file without a certificate (PEM): ${path}`];
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== '';
  } catch {
    return false;
  }
}
