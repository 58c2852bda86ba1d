import type { Clock } from '#kernel';
import type { Transaction } from '#storage';
import { BucketChanges } from '../../domain/contribution.js';
import { EVERYTHING, kpisOfKind } from '../../domain/definitions.js';
import type { RebuildTables, RulesInForce } from '../ports.js';

export interface Pace {
  /** Observations a step: batches of the tenant wait for as long as one step takes. */
  readonly stepSize: number;
  /** Steps of a tenant in one call, so that publication gets its turn. */
  readonly stepsMax: number;
}

export const DEFAULT_PACE: Pace = { stepSize: 2_000, stepsMax: 50 };

export interface Counting {
  readonly tenant: string;
  /** Held alone. */
  readonly rules: RulesInForce;
  readonly stepSize: number;
}

export interface Counted {
  readonly observations: number;
  /** Every observation is counted, and each that comes counts at once. */
  readonly isThrough: boolean;
}

/** The next stored observations counted in what is being built, whatever it is. */
export async function countOn(
  { tables, clock }: { readonly tables: RebuildTables; readonly clock: Clock },
  transaction: Transaction,
  { tenant, rules, stepSize }: Counting,
): Promise<Counted> {
  const { building, builtUpTo, buildingUnder = rules } = rules.definitions;
  const page = await tables.observations(transaction, {
    tenant,
    after: builtUpTo,
    limit: stepSize,
  });
  const changes = new BucketChanges();
  for (const each of page) changes.count(each, buildingUnder, kpisOfKind(building, each.kind));
  await tables.addToBuckets(transaction, changes.sorted(), clock.now());
  const last = page.length < stepSize ? undefined : page.at(-1);
  await tables.builtUpTo(transaction, tenant, last ?? EVERYTHING);
  return { observations: page.length, isThrough: last === undefined };
}
