import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigurationFault } from './config.js';
import {
  databaseUrlOf,
  kafkaOptions,
  loadInfrastructureConfig,
  redisOptions,
} from './infrastructure.config.js';

const folder = mkdtempSync(join(tmpdir(), 'touchline-authorities-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const [pem = ''] = rootCertificates;
const ca = file('ca.crt', `${pem}\n`);
const database = { DATABASE_URL: 'postgres://u:p@h/d', TOUCHLINE_SECRET: 's'.repeat(32) };
const kafka = { TOUCHLINE_LOG: 'kafka', KAFKA_BROKERS: 'h:9093', KAFKA_TLS: 'on' };
const redis = { REDIS_URL: 'rediss://h:6379' };
const all = { ...database, ...kafka, ...redis };

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadInfrastructureConfig({ ...all, ...environment });
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.faults;
    throw error;
  }
  return [];
}

describe('a file of authorities', () => {
  it('is what its backend, and no other, is trusted by', () => {
    const config = loadInfrastructureConfig({
      ...all,
      KAFKA_CA_FILE: ca,
      DATABASE_CA_FILE: ca,
      REDIS_CA_FILE: ca,
    });
    expect(kafkaOptions(config).ssl).toEqual({ ca: [`${pem}\n`] });
    expect(redisOptions(config)).toEqual({ url: 'rediss://h:6379', authority: `${pem}\n` });
    const { searchParams } = new URL(databaseUrlOf(config) ?? '');
    expect(Object.fromEntries(searchParams)).toEqual({ sslmode: 'verify-full', sslrootcert: ca });
    const without = loadInfrastructureConfig(all);
    expect(kafkaOptions(without).ssl).toBe(true);
    expect(redisOptions(without)).toEqual({ url: 'rediss://h:6379' });
    expect(databaseUrlOf(without)).toBe(database.DATABASE_URL);
  });

  it('may be said twice of the database when both say the same', () => {
    const once = databaseUrlOf(loadInfrastructureConfig({ ...all, DATABASE_CA_FILE: ca })) ?? '';
    const again = loadInfrastructureConfig({ ...all, DATABASE_URL: once, DATABASE_CA_FILE: ca });
    expect(databaseUrlOf(again)).toBe(once);
  });

  it.each(['KAFKA_CA_FILE', 'DATABASE_CA_FILE', 'REDIS_CA_FILE'])(
    '%s is refused when it cannot be read, is empty, or holds no certificate',
    (name) => {
      const nowhere = join(folder, 'nowhere');
      expect(faultsOf({ [name]: nowhere })).toEqual([
        `${name} names a file that cannot be read: ${nowhere}`,
      ]);
      const empty = file('empty', '\n');
      expect(faultsOf({ [name]: empty })).toEqual([`${name} names a file that is empty: ${empty}`]);
      const other = file('other', 'not a certificate');
      expect(faultsOf({ [name]: other })).toEqual([
        `${name} names a file without a certificate (PEM): ${other}`,
      ]);
    },
  );

  it.each([
    [{ KAFKA_TLS: 'off', KAFKA_CA_FILE: ca }, /KAFKA_CA_FILE .* KAFKA_TLS is not on/],
    [{ REDIS_URL: 'redis://h', REDIS_CA_FILE: ca }, /REDIS_CA_FILE .* REDIS_URL is not rediss/],
    [{ DATABASE_URL: '', DATABASE_CA_FILE: ca }, /DATABASE_CA_FILE .* DATABASE_URL is not/],
    [
      { DATABASE_URL: 'postgres://h/d?sslmode=no-verify', DATABASE_CA_FILE: ca },
      /sslmode of DATABASE_URL is not verify-full/,
    ],
    [
      { DATABASE_URL: 'postgres://h/d?sslrootcert=/other', DATABASE_CA_FILE: ca },
      /sslrootcert of DATABASE_URL names another file/,
    ],
    [
      { DATABASE_URL: 'postgres://h/d?sslrootcert=/nowhere' },
      /sslrootcert of DATABASE_URL names a file that cannot be read/,
    ],
  ])('is refused where it would protect nothing: %j', (environment, sentence) => {
    expect(faultsOf(environment).join('\n')).toMatch(sentence);
  });
});
