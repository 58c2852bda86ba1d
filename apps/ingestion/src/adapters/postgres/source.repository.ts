import { Injectable } from '@nestjs/common';
import { invariant } from '#kernel';
import type { Transaction } from '#storage';
import { type SourceDescription, Sources } from '../../application/ports.js';

interface CounterRow {
  readonly counter: string | number;
}

@Injectable()
export class SourceRepository extends Sources {
  async save(transaction: Transaction, source: SourceDescription): Promise<number> {
    const [row] = await transaction.query<CounterRow>(
      `WITH saved AS (
         INSERT INTO source AS known (tenant, source, counter, region, description) VALUES ($1, $2, 1, $3, $4)
         ON CONFLICT (tenant, source) DO UPDATE SET counter = known.counter + 1, region = excluded.region,
           description = excluded.description, deleted_at = NULL
         RETURNING counter)
       SELECT counter FROM saved`,
      [source.tenant, source.source, source.region ?? null, source.description ?? null],
    );
    invariant(row, 'a saved source has a counter');
    return Number(row.counter);
  }

  async delete(
    transaction: Transaction,
    tenant: string,
    source: string,
  ): Promise<number | undefined> {
    const [row] = await transaction.query<CounterRow>(
      `WITH deleted AS (
         UPDATE source SET counter = counter + 1, deleted_at = now()
         WHERE tenant = $1 AND source = $2 AND deleted_at IS NULL
         RETURNING counter)
       SELECT counter FROM deleted`,
      [tenant, source],
    );
    return row === undefined ? undefined : Number(row.counter);
  }
}
