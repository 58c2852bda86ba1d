/**
 * How fast journey is replayed when nothing differs, what a stream of batches loses beside it, and what a step costs that is one
 * profile of 100,000 interactions. Journey alone, on its own tables: log and relay are left out.
 */
import { openEventLog, type RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { ReplayBook, ReplayDesk, ReplayWorker, RunReplays } from '#replay';
import { simulate } from '#simulator';
import { openStorage, type Storage } from '#storage';
import { identifiedRecord, interaction, logRecordsToBatch } from '#testing';
import {
  JOURNEY_SCHEMA,
  postgresStores,
} from '../../apps/journey/src/adapters/postgres/journey.schema.js';
import { PostgresReplays } from '../../apps/journey/src/adapters/postgres/replay.repository.js';
import { ReplayProfiles } from '../../apps/journey/src/application/replaying/replay-profiles.js';
import { StitchBatch } from '../../apps/journey/src/application/stitch-batch.js';
import { SweepDeadlines } from '../../apps/journey/src/application/sweep-deadlines.js';
import { openGrounds } from '../grounds.js';
import { measure } from '../measure.js';
import { spread } from '../statistics.js';
import { END, pageAt } from '../merge/visits.js';

const SECRET = { value: 'a secret of the benchmark, worth nothing elsewhere' };
const TENANT = 'default';
const CUSTOMERS = 4_000;
const BATCH = 300;
const STREAM = 6_000;
const ROUNDS = 3;
const LARGEST = 100_000;
const DAY = 86_400_000;

type Recorded = ReturnType<typeof identifiedRecord>;

/** Journey on a database of its own, with what it has been fed. */
class Journey {
  private offset = 0;
  private revision = 0;
  private readonly stitching: StitchBatch;
  readonly desk: ReplayDesk;
  readonly replays: RunReplays;
  private readonly sweeping: SweepDeadlines;

  constructor(readonly storage: Storage) {
    const { unitOfWork } = storage;
    const stores = postgresStores(SECRET);
    const clock = new FixedClock(END);
    const replaying = new ReplayProfiles(unitOfWork, {
      stores,
      replays: new PostgresReplays(),
      clock,
    });
    const parts = { book: new ReplayBook(), replaying, clock };
    this.stitching = new StitchBatch(unitOfWork, stores, clock);
    this.sweeping = new SweepDeadlines(unitOfWork, stores, clock);
    this.desk = new ReplayDesk(unitOfWork, { ...parts, service: 'journey' });
    this.replays = new RunReplays(unitOfWork, parts);
  }

  record(profileKey: number, made: Parameters<typeof identifiedRecord>[0]): Recorded {
    const contentRevision = (this.revision += 1);
    return identifiedRecord(made, { profileKey, contentRevision, filing: `s:${profileKey}` });
  }

  async feed(records: readonly Recorded[]): Promise<void> {
    for (let at = 0; at < records.length; at += BATCH) {
      const some = records.slice(at, at + BATCH);
      const batch: RecordBatch = logRecordsToBatch(some, { group: 'journey', from: this.offset });
      this.offset += some.length;
      await this.stitching.execute(batch);
    }
  }

  async settle(): Promise<void> {
    await this.sweeping.execute(END);
    await this.storage.dataSource.query('VACUUM ANALYZE');
    await this.storage.dataSource.query('TRUNCATE outbox');
  }

  async request(): Promise<string> {
    return (await this.desk.request({ tenant: TENANT, isDryRun: false, requestedBy: 'bench' })).id;
  }
}

/** Everybody's interactions as they arrive; the last ones are streams. */
function history(journey: Journey): Recorded[] {
  const days = 60;
  const startAt = END - days * DAY;
  const { interactions } = simulate({
    seed: 'replay',
    customers: CUSTOMERS,
    days,
    rate: 0.4,
    startAt,
  });
  return interactions.map(({ post, person }) => {
    const { identifiers = [], data = {}, version = 0, occurredAt: receivedAt } = post;
    const made = {
      ...post,
      tenant: TENANT,
      receivedAt,
      identifiers: [...identifiers],
      data,
      version,
    };
    return journey.record(Number(person.split('-')[1]) + 1, made);
  });
}

interface Figures {
  readonly alone: number[];
  readonly beside: number[];
  readonly profiles: number[];
  readonly replayed: number[];
  readonly nodeUs: number[];
  readonly postgresUs: number[];
}

/** Steps without a rest between. Every row is read; nothing differs. */
async function replayOnce(journey: Journey, pids: Record<string, number>, figures: Figures) {
  const [rows] = await journey.storage.unitOfWork.read<{ n: number }>(
    'SELECT count(*)::int AS n FROM timeline',
  );
  const id = await journey.request();
  const { seconds, cpuUs, interactions } = await measure(rows?.n ?? 0, pids, async () => {
    while (await journey.replays.execute());
  });
  const { progress, differences } = await journey.desk.one(TENANT, id);
  if (differences.total > 0) throw new Error(JSON.stringify(differences));
  figures.profiles.push(progress.done / seconds);
  figures.replayed.push(interactions / seconds);
  figures.nodeUs.push(cpuUs['node'] ?? 0);
  figures.postgresUs.push(cpuUs['postgres'] ?? 0);
}

/** As in a process: a step, a rest, and the next replay when one is over. */
async function streamBeside(journey: Journey, records: readonly Recorded[]): Promise<number> {
  const worker = new ReplayWorker(journey.replays);
  const stream = { isOver: false };
  let id = await journey.request();
  worker.onApplicationBootstrap();
  const again = async (): Promise<void> => {
    while (!stream.isOver) {
      const { status } = await journey.desk.one(TENANT, id);
      if (status === 'done') {
        id = await journey.request();
        worker.wake();
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const requesting = again();
  const rate = await streamed(journey, records);
  stream.isOver = true;
  await requesting;
  await worker.beforeApplicationShutdown();
  await journey.desk.stop(TENANT, id);
  return rate;
}

async function streamed(journey: Journey, stream: readonly Recorded[]): Promise<number> {
  const startedAt = performance.now();
  await journey.feed(stream);
  return stream.length / ((performance.now() - startedAt) / 1_000);
}

/** The step is one transaction: batches of this one customer wait for it. */
async function largest(journey: Journey): Promise<number> {
  const pages = Array.from({ length: LARGEST }, (_, index) => {
    const occurredAt = new Date(pageAt(index, LARGEST)).toISOString();
    const made = { id: `l-${index}`, occurredAt, receivedAt: occurredAt };
    return journey.record(1_000_000, interaction(made));
  });
  await journey.feed(pages);
  await journey.settle();
  await journey.request();
  let longest = 0;
  for (let isTaken = true; isTaken;) {
    const startedAt = performance.now();
    isTaken = await journey.replays.execute();
    longest = Math.max(longest, performance.now() - startedAt);
  }
  return longest;
}

export async function runReplayBench(isJson: boolean): Promise<void> {
  const grounds = await openGrounds(false);
  const { ground, leave } = await grounds.enter('postgres');
  const log = await openEventLog({ kind: 'postgres', databaseUrl: ground.databaseUrl });
  const { databaseUrl } = ground;
  const storage = await openStorage({ ...JOURNEY_SCHEMA, databaseUrl, log });
  try {
    await storage.migrate();
    const journey = new Journey(storage);
    const records = history(journey);
    const streams = records.splice(-STREAM * ROUNDS * 2);
    console.error(`${records.length} interactions of ${CUSTOMERS} customers …`);
    await journey.feed(records);
    await journey.settle();
    const figures: Figures = emptyFigures();
    const pids = { ...ground.pids, node: process.pid };
    for (let round = 1; round <= ROUNDS; round++) {
      console.error(`round ${round} …`);
      figures.alone.push(await streamed(journey, streams.splice(0, STREAM)));
      figures.beside.push(await streamBeside(journey, streams.splice(0, STREAM)));
      await replayOnce(journey, pids, figures);
    }
    console.error(`one customer of ${LARGEST} interactions …`);
    print(isJson, figures, await largest(journey));
  } finally {
    await storage.close();
    await log.close();
    await leave();
    await grounds.close();
  }
}

const emptyFigures = (): Figures => ({
  alone: [],
  beside: [],
  profiles: [],
  replayed: [],
  nodeUs: [],
  postgresUs: [],
});

function print(isJson: boolean, figures: Figures, largestMs: number): void {
  if (isJson) {
    console.log(JSON.stringify({ ...figures, largestMs }));
    return;
  }
  const titles: Readonly<Record<keyof Figures, string>> = {
    alone: 'batches alone, interactions/s',
    beside: 'batches beside a replay, interactions/s',
    profiles: 'replay without rests, profiles/s',
    replayed: 'the same, interactions/s',
    nodeUs: 'CPU of Node an interaction, µs',
    postgresUs: 'CPU of Postgres an interaction, µs',
  };
  for (const [name, title] of Object.entries(titles)) {
    const { median, minimum, maximum } = spread(figures[name as keyof Figures]);
    console.log(
      title.padEnd(42),
      `${Math.round(median)} (${Math.round(minimum)}–${Math.round(maximum)})`,
    );
  }
  console.log(
    `the longest step, ${LARGEST} interactions`.padEnd(42),
    `${Math.round(largestMs)} ms`,
  );
}
