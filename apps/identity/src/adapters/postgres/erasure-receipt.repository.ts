import { Injectable } from '@nestjs/common';
import type { ErasureDone } from '#contracts';
import type { Transaction } from '#storage';
import { ErasureReceipts } from '../../application/erasing/receipts.js';
import type { AskedBy, KeptErasure } from '../../application/erasing/receipts.js';
import { table, write } from './table.js';

const DONE = table<ErasureDone>(
  `
  INSERT INTO erasure_done (tenant, erasure_id, part, service, at, stores)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])
  ON CONFLICT (tenant, erasure_id, part, service) DO UPDATE SET at = excluded.at, stores = excluded.stores`,
  (d) => d.tenant,
  (d) => d.erasureId,
  (d) => d.part,
  (d) => d.service,
  (d) => Date.parse(d.at),
  (d) => JSON.stringify(d.stores),
);

const PARTS = `
  SELECT parts, at, encode(sha256(convert_to(record, 'UTF8')), 'hex') AS hash
  FROM erasure_part WHERE tenant = $1 AND erasure_id = $2 ORDER BY part`;

interface DoneRecord {
  readonly part: number;
  readonly service: ErasureDone['service'];
  readonly at: number;
  readonly stores: string;
}

@Injectable()
export class PostgresErasureReceipts extends ErasureReceipts {
  async keepAskedBy(
    transaction: Transaction,
    { tenant, erasureId }: { readonly tenant: string; readonly erasureId: string },
    { actor, reason, keyId }: AskedBy,
  ): Promise<void> {
    await transaction.query(
      `INSERT INTO erasure_request (tenant, erasure_id, actor, reason, key_id)
       VALUES ($1, $2, $3, $4, $5)`,
      [tenant, erasureId, actor, reason, keyId],
    );
  }

  async keepDone(transaction: Transaction, done: readonly ErasureDone[]): Promise<void> {
    const last = new Map(
      done.map((one) => [JSON.stringify([one.tenant, one.erasureId, one.part, one.service]), one]),
    );
    await write(transaction, DONE, [...last.values()]);
  }

  async find(
    transaction: Transaction,
    tenant: string,
    erasureId: string,
  ): Promise<KeptErasure | undefined> {
    const key = [tenant, erasureId];
    const parts = await transaction.query<{ parts: number; at: number; hash: string }>(PARTS, key);
    const [first] = parts;
    if (!first) return undefined;
    const [askedBy] = await transaction.query<AskedBy>(
      `SELECT actor, reason, key_id AS "keyId" FROM erasure_request
       WHERE tenant = $1 AND erasure_id = $2`,
      key,
    );
    const done = await transaction.query<DoneRecord>(
      'SELECT part, service, at, stores FROM erasure_done WHERE tenant = $1 AND erasure_id = $2',
      key,
    );
    return {
      at: first.at,
      parts: first.parts,
      hashes: parts.map(({ hash }) => hash),
      askedBy: askedBy ?? null,
      done: done.map(({ at, stores, ...row }) => ({
        ...row,
        at: new Date(at).toISOString(),
        stores: JSON.parse(stores) as ErasureDone['stores'],
      })),
    };
  }
}
