import { HEADER, recordKey, TOPIC, type SourceChanged, type TenantChanged } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { stableHash } from '#kernel';

/** The state of a tenant as a record: the newest revision is the whole truth. */
export function tenantRecord(changed: TenantChanged, at: string): OutgoingRecord {
  const key = recordKey(changed.tenant);
  return {
    topic: TOPIC.tenantChanged.name,
    key,
    headers: headersOf({ topic: TOPIC.tenantChanged.name, key, at, ...changed }),
    value: Buffer.from(JSON.stringify(changed)),
  };
}

/** The state of a source, or its tombstone. */
export function sourceRecord(
  changed: SourceChanged,
  at: string,
  isDeleted = false,
): OutgoingRecord {
  const key = recordKey(changed.tenant, changed.source);
  return {
    topic: TOPIC.sourceChanged.name,
    key,
    headers: headersOf({ topic: TOPIC.sourceChanged.name, key, at, ...changed }),
    value: isDeleted ? null : Buffer.from(JSON.stringify(changed)),
  };
}

interface Described {
  readonly topic: string;
  readonly key: string;
  readonly at: string;
  readonly tenant: string;
  readonly revision: number;
}

function headersOf({ topic, key, at, tenant, revision }: Described): Record<string, string> {
  return {
    [HEADER.id]: stableHash(topic, key, revision),
    [HEADER.specVersion]: '1.0',
    [HEADER.type]: topic,
    [HEADER.source]: '/ingestion',
    [HEADER.time]: at,
    [HEADER.tenant]: tenant,
    [HEADER.revision]: String(revision),
  };
}
