import {
  DEFAULT_SETTINGS,
  HEADER,
  TOPIC,
  splitRecordKey,
  type ApiKeyEntry,
  type SourceChanged,
  type TenantChanged,
  type TenantSettings,
} from '#contracts';
import type { LogRecord } from '#event-log';

export interface KeyOwner {
  readonly tenant: string;
  readonly key: ApiKeyEntry;
}

interface Versioned<Value> {
  readonly revision: number;
  /** Absent = deleted: the revision stays, so that an older record cannot bring it back. */
  readonly value?: Value;
}

/**
 * Every service's copy in memory of tenants (settings, keys) and sources, followed from the compacted topics. The newest
 * revision wins whatever the order, so a writer may apply its own change at once and meet it again in the log.
 */
export class TenantDirectory {
  private readonly tenants = new Map<string, Versioned<TenantChanged>>();
  private readonly sourcesByTenant = new Map<string, Map<string, Versioned<SourceChanged>>>();
  private readonly owners = new Map<string, KeyOwner>();

  tenant(tenant: string): TenantChanged | undefined {
    return this.tenants.get(tenant)?.value;
  }

  all(): TenantChanged[] {
    return [...this.tenants.values()].flatMap(({ value }) => (value ? [value] : []));
  }

  settings(tenant: string): TenantSettings {
    return this.tenant(tenant)?.settings ?? DEFAULT_SETTINGS;
  }

  source(tenant: string, source: string): SourceChanged | undefined {
    return this.sourcesByTenant.get(tenant)?.get(source)?.value;
  }

  sources(tenant: string): SourceChanged[] {
    return [...(this.sourcesByTenant.get(tenant)?.values() ?? [])].flatMap(({ value }) =>
      value ? [value] : [],
    );
  }

  /** The key whose stored hash is `hash`. */
  key(hash: string): KeyOwner | undefined {
    return this.owners.get(hash);
  }

  applyTenant(changed: TenantChanged): void {
    const current = this.tenants.get(changed.tenant);
    if (current && current.revision >= changed.revision) return;
    for (const key of current?.value?.keys ?? []) this.owners.delete(key.hash);
    for (const key of changed.keys) this.owners.set(key.hash, { tenant: changed.tenant, key });
    // Records of before have not all settings.
    const value = { ...changed, settings: { ...DEFAULT_SETTINGS, ...changed.settings } };
    this.tenants.set(changed.tenant, { revision: changed.revision, value });
  }

  /** `value` undefined = the source was deleted. */
  applySource(
    id: { tenant: string; source: string; revision: number },
    value: SourceChanged | undefined,
  ): void {
    const sources =
      this.sourcesByTenant.get(id.tenant) ?? new Map<string, Versioned<SourceChanged>>();
    this.sourcesByTenant.set(id.tenant, sources);
    const current = sources.get(id.source);
    if (current && current.revision >= id.revision) return;
    sources.set(id.source, { revision: id.revision, value });
  }

  /** Takes records of `tenant.changed` and `source.changed`; others, and undecodable ones, change nothing. */
  apply(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.topic === TOPIC.tenantChanged.name && record.value)
        this.applyTenant(decode<TenantChanged>(record.value));
      if (record.topic === TOPIC.sourceChanged.name) this.applySourceRecord(record);
    }
  }

  private applySourceRecord(record: LogRecord): void {
    const [tenant, source] = splitRecordKey(record.key);
    const revision = Number(record.headers[HEADER.revision]);
    if (tenant === undefined || source === undefined || !Number.isSafeInteger(revision)) return;
    this.applySource(
      { tenant, source, revision },
      record.value ? decode<SourceChanged>(record.value) : undefined,
    );
  }
}

function decode<Value>(bytes: Buffer): Value {
  return JSON.parse(bytes.toString('utf8')) as Value;
}
