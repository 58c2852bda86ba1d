import { Injectable } from '@nestjs/common';
import { nameIdentifier, nameInteraction } from '#contracts';
import { Reading } from '#erasure';
import { UnitOfWork } from '#storage';
import { ErasedInStream } from '../../../application/streaming/ports.js';
import { interactionsNamed } from '../../../domain/erased-reason.js';
import type { NamedInteraction } from '../../../domain/erased-reason.js';
import type { Erased, Spoken } from '../../../domain/stream-erasure.js';

@Injectable()
export class PostgresErasedInStream extends ErasedInStream {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reading: Reading,
  ) {
    super();
  }

  async among(tenant: string, spoken: () => readonly Spoken[]): Promise<Erased | undefined> {
    const rows = await this.unitOfWork.read('SELECT 1 FROM erasing_tenant WHERE tenant = $1', [
      tenant,
    ]);
    if (rows.length === 0) return undefined;
    const { secret } = this.reading;
    const ofInteraction = ({ source, id }: NamedInteraction): string =>
      nameInteraction(secret, { tenant, source, id });
    const all = spoken();
    const interactions = all.flatMap(({ interactions: own, refs }) => [
      ...own,
      ...refs.flatMap(interactionsNamed),
    ]);
    const identifiers = all.flatMap(({ identifiers: own, profileIds }) => [
      ...own.map((each) => nameIdentifier(secret, tenant, each)),
      ...profileIds,
    ]);
    const [gone, at] = await Promise.all([
      this.interactions(tenant, [...new Set(interactions.map(ofInteraction))]),
      this.identifiers(tenant, [...new Set(identifiers)].filter(isName)),
    ]);
    return {
      interaction: (named) => gone.get(ofInteraction(named)),
      identifier: (identifier) => at.get(nameIdentifier(secret, tenant, identifier)),
      profileId: (profileId) => at.get(profileId),
    };
  }

  private async interactions(
    tenant: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const rows = await this.unitOfWork.read<{ name: string; erasure_id: string }>(
      `SELECT replace(name::text, '-', '') AS name, erasure_id FROM erased_interaction
        WHERE tenant = $1 AND name = ANY ($2::uuid[])`,
      [tenant, names],
    );
    return new Map(rows.map((row) => [row.name, row.erasure_id]));
  }

  private async identifiers(
    tenant: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const rows = await this.unitOfWork.read<{ name: string; at: number }>(
      `SELECT replace(name::text, '-', '') AS name, max(at) AS at FROM erased_identifier
        WHERE tenant = $1 AND name = ANY ($2::uuid[]) GROUP BY name`,
      [tenant, names],
    );
    return new Map(rows.map((row) => [row.name, row.at]));
  }
}

const isName = (name: string): boolean => /^[0-9a-f]{32}$/.test(name);
