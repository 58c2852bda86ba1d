import { describe, expect, it } from '@jest/globals';
import { ConfigurationFault } from './config.js';
import { takeSecretFiles, withSecretFiles } from './secret-files.js';

const files: Readonly<Record<string, string>> = {
  '/run/secrets/secret': 'a secret of the installation, kept in a file\n',
  '/run/secrets/empty': '\n',
};

function read(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
}

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    withSecretFiles(environment, read);
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.faults;
    throw error;
  }
  return [];
}

describe('a secret in a file', () => {
  it('is read without its line end; what is no secret is never read from a file', () => {
    const environment = { TOUCHLINE_SECRET_FILE: '/run/secrets/secret', HOST_FILE: '/nowhere' };
    expect(withSecretFiles(environment, read)).toEqual({
      ...environment,
      TOUCHLINE_SECRET: 'a secret of the installation, kept in a file',
    });
  });

  it('once taken, is handed to processes that read their secrets in the same way', () => {
    const environment = { TOUCHLINE_SECRET_FILE: '/run/secrets/secret', HOST: '::1' };
    takeSecretFiles(environment, read);
    expect(withSecretFiles(environment, read)).toEqual({
      HOST: '::1',
      TOUCHLINE_SECRET: 'a secret of the installation, kept in a file',
    });
  });

  it('is refused when it is given twice, empty or not there, all at once', () => {
    const faults = faultsOf({
      TOUCHLINE_SECRET: 'given',
      TOUCHLINE_SECRET_FILE: '/run/secrets/secret',
      DATABASE_URL_FILE: '/run/secrets/empty',
      REDIS_URL_FILE: '/run/secrets/missing',
    });
    expect(faults).toHaveLength(3);
    expect(faults.join('\n')).not.toContain('kept in a file');
  });
});
