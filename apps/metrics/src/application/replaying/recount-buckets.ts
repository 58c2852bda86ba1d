import { Clock } from '#kernel';
import { Differences, Replaying } from '#replay';
import type { Change, ReplayStep, ReplayTask } from '#replay';
import type { Transaction } from '#storage';
import type { BucketDifference } from '../../domain/bucket-difference.js';
import { isThrough, shadowOf } from '../../domain/definitions.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import { BringUpToDate } from '../counting/bring-up-to-date.js';
import { countOn, DEFAULT_PACE } from '../counting/count-on.js';
import { differencesOf, replaceDiffering } from '../counting/replace-differing.js';
import { RebuildTables } from '../ports.js';
import type { RulesInForce } from '../ports.js';

/** Where a replay is: what it has counted, then which KPIs are still to be compared, and which differ. */
interface Position {
  readonly counted: number;
  readonly left?: readonly string[];
  readonly differing: readonly string[];
}

const START: Position = { counted: 0, differing: [] };

/**
 * Counts all buckets of a tenant anew from its stored observations, as shadows beside live traffic; compares, KPI by KPI; and
 * puts what differs into the buckets, in one transaction. Nothing waits for longer than a step, nothing that is right is touched.
 * When settings or definitions change meanwhile, those come first, and the count begins anew.
 */
export class RecountBuckets extends Replaying {
  readonly unit = 'observations';

  constructor(
    readonly tables: RebuildTables,
    private readonly upToDate: BringUpToDate,
    readonly clock: Clock,
    private readonly stepSize: number = DEFAULT_PACE.stepSize,
  ) {
    super();
  }

  size(transaction: Transaction, tenant: string): Promise<number> {
    return this.tables.countObservations(transaction, tenant);
  }

  async step(transaction: Transaction, task: ReplayTask): Promise<ReplayStep> {
    const at = task.position === '' ? START : (JSON.parse(task.position) as Position);
    const shared = await this.tables.shareRules(transaction, task.tenant);
    if (shared === undefined) return { ...stepTo(at), isFinished: true };
    if (!isOf(task, shared)) return this.begin(transaction, task, at);
    if (!isThrough(shared.definitions)) return this.count(transaction, task, at);
    const { left = shared.definitions.inForce.map(({ name }) => name) } = at;
    const [name] = left;
    if (name === undefined) return this.finish(transaction, task, at);
    const differences = await this.compare(transaction, task, kpisIn(shared, [name]));
    const differing = differences.total === 0 ? at.differing : [...at.differing, name];
    return { ...stepTo({ ...at, left: left.slice(1), differing }), differences };
  }

  override async abandon(transaction: Transaction, task: ReplayTask): Promise<void> {
    const rules = await this.tables.lockRules(transaction, task.tenant);
    if (rules !== undefined && isOf(task, rules))
      await this.tables.dropBuilding(transaction, task.tenant);
  }

  /** Once nothing else is being built, and nothing is left of what was. */
  private async begin(
    transaction: Transaction,
    { id, tenant }: ReplayTask,
    at: Position,
  ): Promise<ReplayStep> {
    const again = { ...stepTo(START), done: -at.counted };
    if (await this.upToDate.step(transaction, tenant, this.stepSize)) return again;
    const rules = await this.tables.lockRules(transaction, tenant);
    if (await this.tables.hasDroppedShadows(transaction, tenant)) {
      await this.tables.sweepReplaced(transaction);
      return again;
    }
    const definitions = rules?.definitions.inForce.map(shadowOf) ?? [];
    await this.tables.startBuilding(transaction, tenant, { definitions, for: { replay: id } });
    return again;
  }

  private async count(
    transaction: Transaction,
    task: ReplayTask,
    at: Position,
  ): Promise<ReplayStep> {
    const { tenant } = task;
    const rules = await this.tables.lockRules(transaction, tenant);
    if (rules === undefined || !isOf(task, rules)) return stepTo(at); // it changed before we held it
    const { stepSize } = this;
    const { observations } = await countOn(this, transaction, { tenant, rules, stepSize });
    const counted = at.counted + observations;
    return { ...stepTo({ ...at, counted }), done: observations };
  }

  private async compare(
    transaction: Transaction,
    { tenant }: ReplayTask,
    kpis: readonly KpiDefinition[],
  ): Promise<Differences> {
    const differences = new Differences();
    for (const kpi of kpis)
      for await (const page of differencesOf(this.tables, transaction, { tenant, kpi }))
        for (const each of page)
          differences.add({ of: kpi.name, change: changeIn(each), name: nameOf(each) });
    return differences;
  }

  private async finish(
    transaction: Transaction,
    task: ReplayTask,
    at: Position,
  ): Promise<ReplayStep> {
    const { ref, tenant, isDryRun } = task;
    const rules = await this.tables.lockRules(transaction, tenant);
    if (rules === undefined || !isOf(task, rules)) return stepTo(at);
    if (!isDryRun) {
      const kpis = kpisIn(rules, at.differing);
      const replacing = { tenant, kpis, rules, ref, nowMs: this.clock.now() };
      await replaceDiffering(this.tables, transaction, replacing);
    }
    await this.tables.dropBuilding(transaction, tenant);
    return { ...stepTo(at), isFinished: true };
  }
}

function isOf({ id }: ReplayTask, { definitions }: RulesInForce): boolean {
  const { building, buildingFor: purpose } = definitions;
  return building.length > 0 && typeof purpose === 'object' && purpose.replay === id;
}

function kpisIn({ definitions }: RulesInForce, names: readonly string[]): KpiDefinition[] {
  return definitions.inForce.filter(({ name }) => names.includes(name));
}

function stepTo(position: Position): ReplayStep {
  const nothing = { done: 0, isFinished: false, differences: new Differences(), outgoing: [] };
  return { ...nothing, position: JSON.stringify(position) };
}

function changeIn({ stands, isCounted }: BucketDifference): Change {
  if (stands === isCounted) return 'changed';
  return stands ? 'gone' : 'new';
}

/** `2026-05-04T10:00:00.000Z phone, sales`. */
function nameOf({ startMs, dims }: BucketDifference): string {
  const known = dims.filter((value) => value !== '');
  return [new Date(startMs).toISOString(), known.join(', ')].join(' ').trim();
}
