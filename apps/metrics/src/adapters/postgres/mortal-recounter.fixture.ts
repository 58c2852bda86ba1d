import { FixedClock } from '#kernel';
import { ReplayBook, RunReplays, type ReplayStep, type ReplayTask } from '#replay';
import type { Transaction } from '#storage';
import { BringUpToDate } from '../../application/counting/bring-up-to-date.js';
import { BuildDefinitions } from '../../application/counting/build-definitions.js';
import { RebuildBuckets } from '../../application/counting/rebuild-buckets.js';
import { FixedRules } from '../../application/memory-tables.fixture.js';
import { RecountBuckets } from '../../application/replaying/recount-buckets.js';
import { PostgresAggregateTables } from './counting/observations-and-buckets.repository.js';
import { openMetricsStorage } from './metrics-database.fixture.js';

export interface MortalRecounter {
  readonly url: string;
  readonly nowMs: number;
  /** In its second step of counting, or in the one that replaces what differs. */
  readonly haltAt: 'counting' | 'replacing';
}

const { url, nowMs, haltAt } = JSON.parse(process.argv[2] ?? '') as MortalRecounter;

/** A process of its own that a test kills: takes a replay on, and in one step, all written, never goes on. */
class HaltingRecount extends RecountBuckets {
  private counted = 0;

  override async step(transaction: Transaction, task: ReplayTask): Promise<ReplayStep> {
    const step = await super.step(transaction, task);
    if (step.done > 0) this.counted += 1;
    if (haltAt === 'counting' ? this.counted < 2 : !step.isFinished) return step;
    process.stdout.write('halted\n');
    return new Promise(() => undefined);
  }
}

const { unitOfWork } = await openMetricsStorage(url);
const clock = new FixedClock(nowMs);
const rules = new FixedRules({ zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 });
const tables = new PostgresAggregateTables();
const parts = [unitOfWork, tables, rules, clock] as const;
const upToDate = new BringUpToDate(new RebuildBuckets(...parts), new BuildDefinitions(...parts));
const replaying = new HaltingRecount(tables, upToDate, clock, 5);
const replays = new RunReplays(unitOfWork, { book: new ReplayBook(), replaying, clock });
while (await replays.execute());
