import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '#storage';
import { type RejectionQuery, Rejections, type StoredRejection } from '../../application/ports.js';

interface RejectionRow {
  readonly tenant: string;
  readonly rejection_id: string;
  readonly source: string | null;
  readonly interaction_id: string | null;
  readonly received_at: Date;
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  readonly raw: string;
}

const COLUMNS =
  'tenant, rejection_id, source, interaction_id, received_at, code, detail, pointer, raw';

@Injectable()
export class RejectionRepository extends Rejections {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async store(transaction: Transaction, rejections: readonly StoredRejection[]): Promise<void> {
    const column = (value: (rejection: StoredRejection) => string | undefined): (string | null)[] =>
      rejections.map((rejection) => storable(value(rejection)));
    await transaction.query(
      `INSERT INTO rejection (${COLUMNS})
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[])
       ON CONFLICT DO NOTHING`,
      [
        column((r) => r.tenant),
        column((r) => r.rejectionId),
        column((r) => r.source),
        column((r) => r.id),
        column((r) => r.receivedAt),
        column((r) => r.code),
        column((r) => r.detail),
        column((r) => r.pointer),
        column((r) => r.raw),
      ],
    );
  }

  async list(query: RejectionQuery): Promise<StoredRejection[]> {
    const rows = await this.unitOfWork.read<RejectionRow>(
      `SELECT ${COLUMNS} FROM rejection
       WHERE tenant = $1 AND ($2::text IS NULL OR code = $2) AND ($3::text IS NULL OR source = $3)
         AND ($4::timestamptz IS NULL OR (received_at, rejection_id) < ($4, $5))
       ORDER BY received_at DESC, rejection_id DESC LIMIT $6`,
      [
        query.tenant,
        query.code ?? null,
        query.source ?? null,
        query.after?.receivedAt ?? null,
        query.after?.rejectionId ?? null,
        query.limit,
      ],
    );
    return rows.map(toRejection);
  }

  async find(tenant: string, rejectionId: string): Promise<StoredRejection | undefined> {
    const [row] = await this.unitOfWork.read<RejectionRow>(
      `SELECT ${COLUMNS} FROM rejection WHERE tenant = $1 AND rejection_id = $2`,
      [tenant, rejectionId],
    );
    return row === undefined ? undefined : toRejection(row);
  }
}

const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** Postgres text cannot hold U+0000, UTF-8 no lone surrogate: shown as U+FFFD. `raw` escapes both, so it stays exact. */
function storable(value: string | undefined): string | null {
  return value === undefined ? null : value.replace(UNSTORABLE, '\ufffd');
}

function toRejection(row: RejectionRow): StoredRejection {
  return {
    rejectionId: row.rejection_id,
    tenant: row.tenant,
    source: row.source ?? undefined,
    id: row.interaction_id ?? undefined,
    receivedAt: row.received_at.toISOString(),
    code: row.code,
    detail: row.detail,
    pointer: row.pointer,
    raw: row.raw,
  };
}
