import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { entityManagerOf, type Transaction } from '#storage';
import { type SourceDescription, Sources } from '../../application/ports.js';
import { SourceEntity } from './source.entity.js';

@Injectable()
export class SourceRepository extends Sources {
  async save(
    transaction: Transaction,
    { tenant, source, region, description }: SourceDescription,
  ): Promise<number> {
    const sources = sourcesIn(transaction);
    const insert = sources.createQueryBuilder().insert().values({ tenant, source, counter: 0 });
    await insert.orIgnore().execute();
    await sources.update(
      { tenant, source },
      {
        counter: () => 'counter + 1',
        region: region ?? null,
        description: description ?? null,
        deletedAt: null,
      },
    );
    return (await sources.findOneByOrFail({ tenant, source })).counter;
  }

  async delete(
    transaction: Transaction,
    tenant: string,
    source: string,
  ): Promise<number | undefined> {
    const sources = sourcesIn(transaction);
    const { affected } = await sources.update(
      { tenant, source, deletedAt: IsNull() },
      { counter: () => 'counter + 1', deletedAt: () => 'now()' },
    );
    return affected === 0 ? undefined : (await sources.findOneByOrFail({ tenant, source })).counter;
  }
}

const sourcesIn = (transaction: Transaction) =>
  entityManagerOf(transaction).getRepository(SourceEntity);
