import { openPostgresLog } from '#event-log';
import { SystemClock } from '#kernel';
import { ReplayBook, RunReplays, type ReplayStep, type ReplayTask } from '#replay';
import { openStorage, type Transaction } from '#storage';
import { ReplayProfiles } from '../../application/replaying/replay-profiles.js';
import { JOURNEY_SCHEMA, postgresStores } from './journey.schema.js';
import { PostgresReplays } from './replay.repository.js';

/** A process of its own that a test kills: takes a replay on, and in its second step, all written, never goes on. */
class HaltingReplay extends ReplayProfiles {
  private steps = 0;

  override async step(transaction: Transaction, task: ReplayTask): Promise<ReplayStep> {
    const step = await super.step(transaction, task);
    this.steps += 1;
    if (this.steps < 2) return step;
    process.stdout.write('halted\n');
    return new Promise(() => undefined);
  }
}

const { url, secret } = JSON.parse(process.argv[2] ?? '') as { url: string; secret: string };
const clock = new SystemClock();
const log = await openPostgresLog({ url });
const storage = await openStorage({ ...JOURNEY_SCHEMA, databaseUrl: url, log });
const replaying = new HaltingReplay(storage.unitOfWork, {
  stores: postgresStores({ value: secret }),
  replays: new PostgresReplays(),
  clock,
  stepMax: { profiles: 1, rows: 10 },
});
const replays = new RunReplays(storage.unitOfWork, { book: new ReplayBook(), replaying, clock });
while (await replays.execute());
