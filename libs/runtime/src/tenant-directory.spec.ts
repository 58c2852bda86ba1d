import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS, HEADER, recordKey, TOPIC, type ApiKeyEntry } from '#contracts';
import type { LogRecord } from '#event-log';
import { TenantDirectory } from './tenant-directory.js';

const key = (hash: string): ApiKeyEntry => ({
  keyId: hash,
  name: hash,
  hash,
  scopes: ['read'],
  sources: [],
  createdAt: '2026-01-01T00:00:00.000Z',
});
const tenant = (revision: number, ...hashes: string[]) => ({
  tenant: 'acme',
  revision,
  settings: { ...DEFAULT_SETTINGS, serviceLevelMs: revision },
  keys: hashes.map(key),
});
const sourceRecord = (revision: number, value: object | null): LogRecord => ({
  topic: TOPIC.sourceChanged.name,
  key: recordKey('acme', 'shop'),
  partition: 0,
  offset: revision,
  appendedAt: 0,
  headers: { [HEADER.revision]: String(revision) },
  value: value && Buffer.from(JSON.stringify(value)),
});

describe('the directory of tenants', () => {
  it('answers defaults for a tenant it does not know', () => {
    const directory = new TenantDirectory();
    expect(directory.settings('nobody')).toEqual(DEFAULT_SETTINGS);
    expect(directory.tenant('nobody')).toBeUndefined();
    expect(directory.sources('nobody')).toEqual([]);
  });

  it('holds the newest revision whatever the order of arrival', () => {
    const directory = new TenantDirectory();
    directory.applyTenant(tenant(2, 'new'));
    directory.applyTenant(tenant(1, 'old'));
    expect(directory.settings('acme').serviceLevelMs).toBe(2);
    expect(directory.key('old')).toBeUndefined();
    expect(directory.key('new')).toMatchObject({ tenant: 'acme', key: { keyId: 'new' } });
  });

  it('forgets keys that the newest revision no longer has', () => {
    const directory = new TenantDirectory();
    directory.applyTenant(tenant(1, 'a', 'b'));
    directory.applyTenant(tenant(2, 'b'));
    expect([directory.key('a'), directory.key('b')?.key.keyId]).toEqual([undefined, 'b']);
  });

  it('lets no older record bring a deleted source back', () => {
    const directory = new TenantDirectory();
    const shop = { tenant: 'acme', source: 'shop', revision: 1 };
    directory.apply([sourceRecord(1, shop), sourceRecord(2, null), sourceRecord(1, shop)]);
    expect(directory.source('acme', 'shop')).toBeUndefined();
    expect(directory.sources('acme')).toEqual([]);
    directory.apply([sourceRecord(3, { ...shop, revision: 3 })]);
    expect(directory.source('acme', 'shop')?.revision).toBe(3);
  });
});
