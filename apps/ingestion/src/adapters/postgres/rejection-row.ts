import type { StoredRejection } from '../../application/ports.js';
import type { RejectionEntity } from './rejection.entity.js';

const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** Postgres text cannot hold U+0000, UTF-8 no lone surrogate: shown as U+FFFD. `raw` escapes both, so it stays exact. */
export function storable(value: string | undefined): string | null {
  return value === undefined ? null : value.replace(UNSTORABLE, '\ufffd');
}

export function toRejection(row: RejectionEntity): StoredRejection {
  const { tenant, rejectionId, receivedAt, code, detail, pointer, raw } = row;
  return {
    tenant,
    rejectionId,
    source: row.source ?? undefined,
    id: row.interactionId ?? undefined,
    receivedAt: receivedAt.toISOString(),
    code,
    detail,
    pointer,
    raw,
    format: row.format === null ? undefined : (JSON.parse(row.format) as StoredRejection['format']),
    derivedId: row.derivedId ?? undefined,
    replay: row.replay ?? undefined,
  };
}
