import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { entityManagerOf, type Transaction, UnitOfWork } from '#storage';
import {
  type MarkedReplay,
  type RejectionFilter,
  type RejectionGroup,
  type RejectionPage,
  Rejections,
  type StoredRejection,
} from '../../application/ports.js';
import { RejectionEntity } from './rejection.entity.js';
import { storable, toRejection } from './rejection-row.js';

type Query = SelectQueryBuilder<RejectionEntity>;

@Injectable()
export class RejectionRepository extends Rejections {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async store(transaction: Transaction, rejections: readonly StoredRejection[]): Promise<void> {
    const column = (value: (rejection: StoredRejection) => string | undefined): (string | null)[] =>
      rejections.map((rejection) => storable(value(rejection)));
    await transaction.query(
      `INSERT INTO rejection (tenant, rejection_id, source, interaction_id, received_at, code, detail, pointer, raw, format, derived_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[],
         $10::text[], $11::text[])
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
        column((r) => r.format && JSON.stringify(r.format)),
        column((r) => r.derivedId),
      ],
    );
  }

  async list({ tenant, filter, after, limit }: RejectionPage): Promise<StoredRejection[]> {
    const rows = await this.unitOfWork.run((transaction) => {
      const query = rejectionsIn(transaction, tenant, filter);
      if (after !== undefined) query.andWhere(`${POSITION} < (:receivedAt, :rejectionId)`, after);
      return query
        .orderBy('r.received_at', 'DESC')
        .addOrderBy('r.rejection_id', 'DESC')
        .limit(limit)
        .getMany();
    });
    return rows.map(toRejection);
  }

  async find(tenant: string, rejectionId: string): Promise<StoredRejection | undefined> {
    const row = await this.unitOfWork.run((transaction) =>
      entityManagerOf(transaction).findOneBy(RejectionEntity, { tenant, rejectionId }),
    );
    return row === null ? undefined : toRejection(row);
  }

  async group({ tenant, filter, limit }: Omit<RejectionPage, 'after'>): Promise<RejectionGroup[]> {
    const rows = await this.unitOfWork.run((transaction) =>
      rejectionsIn(transaction, tenant, filter)
        .select(['r.code AS code', 'r.pointer AS pointer', 'r.source AS source'])
        .addSelect('count(*)', 'count')
        .addSelect('min(r.received_at)', 'firstAt')
        .addSelect('max(r.received_at)', 'lastAt')
        .addSelect('max(r.rejection_id)', 'exampleId')
        .groupBy('r.code, r.pointer, r.source')
        .orderBy('count(*)', 'DESC')
        .addOrderBy('r.code, r.pointer, r.source')
        .limit(limit)
        .getRawMany<GroupRow>(),
    );
    return rows.map(({ source, firstAt, lastAt, ...group }) => ({
      ...group,
      source: source ?? undefined,
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
    }));
  }

  async lock(
    transaction: Transaction,
    tenant: string,
    rejectionId: string,
  ): Promise<StoredRejection | undefined> {
    const row = await entityManagerOf(transaction).findOne(RejectionEntity, {
      where: { tenant, rejectionId },
      lock: { mode: 'pessimistic_write' },
    });
    return row === null ? undefined : toRejection(row);
  }

  async lockWaiting(
    transaction: Transaction,
    { tenant, filter, after, limit }: RejectionPage,
  ): Promise<StoredRejection[]> {
    const query = rejectionsIn(transaction, tenant, { ...filter, isReplayed: false });
    if (after !== undefined) query.andWhere(`${POSITION} > (:receivedAt, :rejectionId)`, after);
    const rows = await query
      .orderBy('r.received_at')
      .addOrderBy('r.rejection_id')
      .limit(limit)
      .setLock('pessimistic_write')
      .getMany();
    return rows.map(toRejection);
  }

  async forget(receivedBefore: number, limit: number): Promise<number> {
    const deleted = await this.unitOfWork.run((transaction) =>
      transaction.query(
        `DELETE FROM rejection WHERE (tenant, rejection_id) IN
           (SELECT tenant, rejection_id FROM rejection WHERE received_at < $1 LIMIT $2)
         RETURNING 1`,
        [new Date(receivedBefore), limit],
      ),
    );
    return deleted.length;
  }

  async erase(
    transaction: Transaction,
    tenant: string,
    rejectionIds: readonly string[],
  ): Promise<void> {
    if (rejectionIds.length === 0) return;
    await transaction.query(
      'DELETE FROM rejection WHERE tenant = $1 AND rejection_id = ANY ($2::text[])',
      [tenant, rejectionIds],
    );
  }

  async mark(
    transaction: Transaction,
    tenant: string,
    replays: readonly MarkedReplay[],
  ): Promise<void> {
    if (replays.length === 0) return;
    await transaction.query(
      `UPDATE rejection SET replay = marked.replay
       FROM unnest($2::text[], $3::jsonb[]) AS marked (rejection_id, replay)
       WHERE rejection.tenant = $1 AND rejection.rejection_id = marked.rejection_id`,
      [
        tenant,
        replays.map(({ rejectionId }) => rejectionId),
        replays.map(({ replay }) => JSON.stringify(replay)),
      ],
    );
  }
}

const POSITION = '(r.received_at, r.rejection_id)';

interface GroupRow extends Omit<RejectionGroup, 'source' | 'firstAt' | 'lastAt'> {
  readonly source: string | null;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

function rejectionsIn(transaction: Transaction, tenant: string, filter: RejectionFilter): Query {
  const query = entityManagerOf(transaction)
    .getRepository(RejectionEntity)
    .createQueryBuilder('r')
    .where('r.tenant = :tenant', { tenant });
  const { code, source, pointer, isReplayed } = filter;
  if (code !== undefined) query.andWhere('r.code = :code', { code });
  if (source !== undefined) query.andWhere('r.source = :source', { source });
  if (pointer !== undefined) query.andWhere('r.pointer = :pointer', { pointer });
  if (isReplayed === true) query.andWhere('r.replay IS NOT NULL');
  if (isReplayed === false) query.andWhere('r.replay IS NULL');
  return query;
}
