import { recordKey, TOPIC, type TenantSettings } from '#contracts';
import type { LogRecord } from '#event-log';
import { logRecord, TENANT } from '../history.fixture.js';

/** What a tenant has set, beside what is shipped. */
export function settingsRecord(revision: number, settings: Partial<TenantSettings>): LogRecord {
  return logRecord({
    topic: TOPIC.tenantChanged.name,
    key: recordKey(TENANT),
    headers: {},
    value: { tenant: TENANT, revision, settings, keys: [] },
  });
}
