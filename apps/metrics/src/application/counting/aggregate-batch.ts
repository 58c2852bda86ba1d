import { Injectable } from '@nestjs/common';
import type { LogRecord, RecordBatch } from '#event-log';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import type { BatchEffect, DeadLetter, Transaction } from '#storage';
import { BucketChanges } from '../../domain/contribution.js';
import { kpisBuilding, kpisOfKind, standingOnly } from '../../domain/definitions.js';
import { observationKey } from '../../domain/observation.js';
import type { Observation } from '../../domain/observation.js';
import { isMeasured, readObservation } from '../../domain/read-observation.js';
import { AggregateTables, TenantRules } from '../ports.js';
import type { RulesInForce } from '../ports.js';

/** The stage itself: newest observations in, net changes of buckets out; one transaction and a fixed number of statements. */
@Injectable()
export class AggregateBatch {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tables: AggregateTables,
    private readonly tenants: TenantRules,
    private readonly clock: Clock,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, (transaction, records) =>
      this.aggregate(transaction, records),
    );
  }

  /** In a transaction of the caller. */
  async aggregate(transaction: Transaction, records: readonly LogRecord[]): Promise<BatchEffect> {
    const { observations, deadLetters } = newestOf(records);
    if (observations.length > 0) await this.count(transaction, observations);
    return { outgoing: [], deadLetters };
  }

  private async count(
    transaction: Transaction,
    observations: readonly Observation[],
  ): Promise<void> {
    const tenants = [...new Set(observations.map(({ tenant }) => tenant))].sort();
    const rules = await this.holdRules(transaction, tenants);
    const changes = new BucketChanges();
    for (const replacement of await this.tables.replace(transaction, observations)) {
      const inForce = rules.get(replacement.after.tenant);
      if (inForce === undefined) continue;
      const { definitions } = inForce;
      const { after } = replacement;
      changes.replace(replacement, inForce, kpisOfKind(definitions.inForce, after.kind));
      const built = kpisBuilding(definitions, after);
      if (built.length > 0)
        changes.replace(replacement, definitions.buildingUnder ?? inForce, built);
    }
    await this.tables.addToBuckets(transaction, changes.sorted(), this.clock.now());
  }

  private async holdRules(
    transaction: Transaction,
    tenants: readonly string[],
  ): Promise<ReadonlyMap<string, RulesInForce>> {
    const definitions = standingOnly(this.tenants.catalogue());
    const wanted = tenants.map(
      (tenant) => [tenant, { ...this.tenants.wanted(tenant), definitions }] as const,
    );
    return this.tables.holdRules(transaction, new Map(wanted));
  }
}

/** The highest revision of each observation in the batch. Of equal revisions (redelivery) any will do: they are the same. */
function newestOf(records: readonly LogRecord[]): {
  observations: Observation[];
  deadLetters: DeadLetter[];
} {
  const newest = new Map<string, Observation>();
  const deadLetters: DeadLetter[] = [];
  for (const record of records.filter(isMeasured)) {
    const read = readObservation(record);
    if (!read.ok) {
      deadLetters.push({ record, ...read.problem });
      continue;
    }
    const key = observationKey(read.value);
    const known = newest.get(key);
    if (known === undefined || known.revision < read.value.revision) newest.set(key, read.value);
  }
  return { observations: [...newest.values()], deadLetters };
}
