import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Files, PEM. */
export interface Certificates {
  /** The authority that signed the servers' certificate. */
  readonly authority: string;
  /** One that signed nothing here. */
  readonly stranger: string;
  readonly certificate: string;
  readonly key: string;
  /** Key and certificate in one. */
  readonly both: string;
}

const NEW = 'req -x509 -days 1 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1'.split(' ');

/** An authority and a certificate of it that is good for 127.0.0.1 and for no name, made with openssl. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  await Promise.all(['authority', 'stranger'].map((name) => makeAuthority(file(name))));
  const signed = ['-CA', file('authority.crt'), '-CAkey', file('authority.key')];
  const extensions = ['subjectAltName=IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE'];
  const options = [...signed, ...extensions.flatMap((extension) => ['-addext', extension])];
  await make(file('server'), '/CN=backend', options);
  const parts = await Promise.all(['server.key', 'server.crt'].map((name) => readFile(file(name))));
  await writeFile(file('server.pem'), Buffer.concat(parts), { mode: 0o600 });
  return {
    authority: file('authority.crt'),
    stranger: file('stranger.crt'),
    certificate: file('server.crt'),
    key: file('server.key'),
    both: file('server.pem'),
  };
}

function makeAuthority(path: string): Promise<void> {
  return make(path, '/CN=authority', ['-addext', 'keyUsage=critical,keyCertSign']);
}

async function make(path: string, subject: string, options: readonly string[]): Promise<void> {
  const out = ['-keyout', `${path}.key`, '-out', `${path}.crt`];
  await run('openssl', [...NEW, '-subj', subject, ...options, ...out]);
}
