import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openPostgresLog } from '#event-log';
import type { LogRecord, RecordBatch } from '#event-log';
import { canonicalJson, FixedClock } from '#kernel';
import { openStorage, type Storage } from '#storage';
import { templateDatabase, type TemplateDatabase, type TestDatabase } from '#testing';
import {
  START,
  TENANT,
  arrivalOf,
  busyHistories,
  histories,
  identifiedRecord,
  naiveHistory,
  recordsOf,
  type History,
} from '../../application/history.fixture.js';
import { ReadFacts } from '../../application/read-facts.js';
import { ReadMembership } from '../../application/read-membership.js';
import { ReadTimeline } from '../../application/read-timeline.js';
import { quarantinedProfile, RetryQuarantine } from '../../application/retry-quarantine.js';
import { StitchBatch } from '../../application/stitch-batch.js';
import { SweepDeadlines } from '../../application/sweep-deadlines.js';
import { FOLDING } from '../../domain/derive.js';
import { naiveDerivation, naiveFacts } from '../../domain/naive-derivation.fixture.js';
import { PostgresDumpReader } from './canonical-dump.reader.js';
import { PostgresReader } from './journey.reader.js';
import { told } from '../../domain/told.fixture.js';
import { JOURNEY_SCHEMA, postgresStores } from './journey.schema.js';

const WATERMARK = START + 40 * 3_600_000;
const WORKERS = 3;
const SECRET = { value: 'a secret of tests' };

let template: TemplateDatabase;
let database: TestDatabase;
let storage: Storage;
let closeLog: () => Promise<void>;
let next = 0;

async function open(url: string): Promise<{ opened: Storage; close: () => Promise<void> }> {
  const log = await openPostgresLog({ url });
  const opened = await openStorage({ ...JOURNEY_SCHEMA, databaseUrl: url, log });
  await opened.migrate();
  return {
    opened,
    close: async () => {
      await opened.close();
      await log.close();
    },
  };
}

beforeAll(async () => {
  template = await templateDatabase('journey', async (url) => (await open(url)).close());
});
afterAll(async () => template.close());
beforeEach(async () => {
  database = await template.copy();
  const { opened, close } = await open(database.url);
  storage = opened;
  closeLog = close;
});
afterEach(async () => {
  await closeLog();
  await database.close();
});

/** Offsets as a log would give them: dense in a partition. */
function batch(records: readonly LogRecord[], partition: number): RecordBatch {
  const placed = records.map((record) => ({ ...record, partition, offset: next++ }));
  return { group: 'journey', incarnation: 'test', records: placed };
}

const useCases = () => {
  const clock = new FixedClock(WATERMARK);
  // Small, so that folds meet checkpoints.
  const folding = { ...FOLDING, checkpointEvery: 2 };
  return {
    stitching: new StitchBatch(storage.unitOfWork, postgresStores(SECRET), clock, folding),
    sweeping: new SweepDeadlines(storage.unitOfWork, postgresStores(SECRET), clock, folding),
  };
};

async function clear(): Promise<void> {
  await storage.unitOfWork.run((transaction) =>
    transaction.query(
      'TRUNCATE timeline, replaced_version, filing, profile, profile_alias, fact, checkpoint, consumer_offset, outbox',
    ),
  );
  await storage.unitOfWork.run((transaction) => transaction.query('UPDATE watermark SET at = 0'));
}

const dump = () => new PostgresDumpReader(storage.unitOfWork).canonicalDump(TENANT);
const sample = (seed: number, of = histories): History =>
  fc.sample(of, { numRuns: 1, seed })[0] as History;
const shuffled = (history: History, seed: number): LogRecord[][] =>
  fc.sample(arrivalOf(history), { numRuns: 1, seed })[0] as LogRecord[][];

function expected(history: History): unknown {
  return naiveDerivation(naiveHistory(history, WATERMARK))
    .map(({ id, measures, dims, status, profileKey }) => ({
      id,
      measures,
      dims,
      status,
      profileId: `profile-${profileKey}`,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function summary(facts: Awaited<ReturnType<typeof dump>>['facts']): unknown {
  return facts
    .map(({ id, measures, dims, status, profileId }) => ({ id, measures, dims, status, profileId }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe('stitching on Postgres', () => {
  it('comes to one canonical dump, the naive one, in any order of arrival', async () => {
    const { stitching, sweeping } = useCases();
    for (const seed of [1, 2, 3, 4]) {
      const history = sample(seed);
      const dumps = new Set<string>();
      for (let order = 0; order < 10; order++) {
        await clear();
        for (const records of shuffled(history, order)) await stitching.execute(batch(records, 0));
        await sweeping.execute(WATERMARK);
        const found = await dump();
        expect(summary(found.facts)).toEqual(expected(history));
        dumps.add(canonicalJson(found));
      }
      expect(dumps.size).toBe(1);
    }
  }, 120_000);

  it('comes to the same with three workers at once, and sweeps between', async () => {
    const { stitching, sweeping } = useCases();
    for (const seed of Array.from({ length: 30 }, (_, index) => index + 11)) {
      const history = sample(seed, busyHistories);
      await clear();
      const batches = shuffled(history, seed)
        .flatMap((records) => [records.slice(0, 3), records.slice(3)])
        .filter((records) => records.length > 0);
      const placed = batches.map((records, index) => batch(records, index % WORKERS));
      const work = async (worker: number) => {
        for (const one of placed) {
          if (one.records[0]?.partition !== worker) continue;
          await stitching.execute(one);
          await sweeping.execute(START + 3_600_000);
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      await sweeping.execute(WATERMARK);
      expect(summary((await dump()).facts)).toEqual(expected(history));
    }
    expect(stitching.foldCounts.stoppedEarly).toBeGreaterThan(30);
    expect(stitching.foldCounts.foldedToTheEnd).toBeGreaterThan(30);
  }, 120_000);

  it('loses nothing when two workers meet the same interaction or the same order at once', async () => {
    const { stitching } = useCases();
    const made = (id: string, rest: object) =>
      told({
        id,
        channel: 'web',
        type: 'order.placed',
        data: { value: 1, currency: 'EUR', orderId: 'o' },
        ...rest,
      }).interaction;
    for (let round = 0; round < 20; round++) {
      await clear();
      const placed = made('placed', {});
      const cancelled = made('cancelled', { type: 'order.cancelled', at: START + 1 });
      const version = (interaction: typeof placed, contentRevision: number, profileKey: string) =>
        identifiedRecord(
          { interaction, filing: `s:${profileKey}`, contentRevision, knownRevision: 0 },
          { filing: `s:${profileKey}`, profileKey, revision: 1 },
        );
      await Promise.all([
        stitching.execute(batch([version(placed, 1, '1'), version(cancelled, 3, '1')], 0)),
        stitching.execute(batch([version({ ...placed, version: 1 }, 2, '2')], 1)),
        stitching.execute(batch([version({ ...cancelled, version: 1 }, 4, '3')], 2)),
      ]);
      const { facts, timelines } = await dump();
      const order = facts.filter(({ kind }) => kind === 'order');
      expect(order).toMatchObject([
        { profileId: 'profile-2', measures: { cancelled: 1 }, interactions: { count: 2 } },
      ]);
      expect(facts.filter(({ kind }) => kind === 'session')).toMatchObject([
        { profileId: 'profile-2' },
      ]);
      expect(Object.keys(timelines).sort()).toEqual(['profile-2', 'profile-3']);
    }
  }, 60_000);

  it('lists under each fact what it counts, and on each row what counts it', async () => {
    const { stitching, sweeping } = useCases();
    const reader = new PostgresReader(storage.unitOfWork);
    const membership = new ReadMembership(storage.unitOfWork, postgresStores(SECRET));
    const reading = new ReadFacts(reader, membership);
    const timelines = new ReadTimeline(reader, membership);
    const listed = async (id: string): Promise<string[]> => {
      const names: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await reading.interactionsOf({ tenant: TENANT, id, cursor, limit: 3 });
        names.push(...page.items.map((item) => `${item.source}/${item.id}`));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return names;
    };
    let rows = 0;
    for (const seed of [4, 5, 6, 7, 8, 9]) {
      const history = sample(seed, busyHistories);
      await clear();
      for (const records of shuffled(history, seed)) await stitching.execute(batch(records, 0));
      await sweeping.execute(WATERMARK);
      const facts = naiveFacts(naiveHistory(history, WATERMARK));
      for (const { id, refs } of facts) expect(await listed(id)).toEqual(refs);
      for (const profileId of Object.keys((await dump()).timelines)) {
        const { items } = await timelines.execute({ tenant: TENANT, profileId, limit: 200 });
        for (const item of items) {
          const name = `${item.source}/${item.id}`;
          const counting = item.withdrawn ? [] : facts.filter(({ refs }) => refs.includes(name));
          const idOf = (wanted: string) => counting.find(({ kind }) => kind === wanted)?.id;
          const { sessionId, contactId, issueId } = item;
          expect([sessionId, contactId, issueId]).toEqual(
            ['session', 'contact', 'issue'].map(idOf),
          );
          expect(item.facts.map(({ id }) => id).sort()).toEqual(
            counting.map(({ id }) => id).sort(),
          );
          rows += 1;
        }
      }
    }
    expect(rows).toBeGreaterThan(100);
  }, 120_000);

  it('keeps a profile that cannot be derived in quarantine until a retry succeeds', async () => {
    const explosive = {
      ...FOLDING,
      kinds: FOLDING.kinds.map((kind) => ({
        ...kind,
        evolve(): never {
          throw new Error('cannot be folded: \u0000');
        },
      })),
    };
    const clock = new FixedClock(WATERMARK);
    const failing = new StitchBatch(storage.unitOfWork, postgresStores(SECRET), clock, explosive);
    const history = sample(3);
    await failing.execute(batch(recordsOf(history), 0));
    const reader = new PostgresReader(storage.unitOfWork);
    const held = await reader.quarantines({ tenant: TENANT, after: '', limit: 10 });
    expect(held.length).toBeGreaterThan(0);
    const retrying = new RetryQuarantine(storage.unitOfWork, postgresStores(SECRET), clock);
    for (const { profileId } of held) {
      const found = await quarantinedProfile(reader, TENANT, profileId);
      expect(await reader.owner(found)).toMatchObject({ isQuarantined: true });
      expect(await retrying.execute(found)).toMatchObject({ status: 'released' });
    }
    await useCases().sweeping.execute(WATERMARK);
    expect(summary((await dump()).facts)).toEqual(expected(history));
    expect(await reader.quarantines({ tenant: TENANT, after: '', limit: 10 })).toEqual([]);
  });

  it('does nothing twice: a batch handed over again leaves no trace', async () => {
    const { stitching } = useCases();
    const all = batch(recordsOf(sample(3)), 0);
    await stitching.execute(all);
    const before = await dump();
    const waiting = await storage.outbox();
    await stitching.execute(all);
    expect(await dump()).toEqual(before);
    expect(await storage.outbox()).toMatchObject({ rows: waiting.rows });
  });

  it('keeps every version in the archive', async () => {
    const { stitching } = useCases();
    const history = sample(3);
    for (const records of shuffled(history, 5)) await stitching.execute(batch(records, 0));
    const [count] = await storage.unitOfWork.read<{ versions: number }>(
      'SELECT (SELECT count(*) FROM timeline)::int + (SELECT count(*) FROM replaced_version)::int AS versions',
    );
    expect(count?.versions).toBe(history.versions.length);
  });

  it('sets an undecodable record aside and takes its neighbours', async () => {
    const { stitching } = useCases();
    const records = recordsOf(sample(3));
    const broken = { ...(records[0] as LogRecord), value: Buffer.from('{"tenant":') };
    await stitching.execute(batch([broken, ...records], 0));
    expect(await storage.deadLetters.count()).toBe(1);
    expect((await dump()).facts.length).toBeGreaterThan(0);
  });

  it('handles a record that was set aside, once', async () => {
    const { stitching } = useCases();
    const [good] = recordsOf(sample(3));
    await storage.unitOfWork.consume(batch([good as LogRecord], 0), async (_, [record]) => ({
      outgoing: [],
      deadLetters: [{ record: record as LogRecord, code: 'failed', detail: 'an earlier program' }],
    }));
    expect((await dump()).timelines).toEqual({});
    const [letter] = await storage.deadLetters.list();
    const again = { ...batch([letter?.record as LogRecord], 0), redelivers: letter?.id ?? 0 };
    await stitching.execute(again);
    expect(Object.keys((await dump()).timelines)).toHaveLength(1);
    expect(await storage.deadLetters.count()).toBe(0);
    await expect(stitching.execute(again)).rejects.toMatchObject({ code: 'not-found' });
  });
});
