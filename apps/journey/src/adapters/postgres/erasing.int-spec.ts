import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER } from '#contracts';
import { openPostgresLog } from '#event-log';
import type { LogRecord, RecordBatch } from '#event-log';
import { CarryOutErasures, eraseDeadLetters } from '#erasure';
import { FixedClock } from '#kernel';
import { openStorage, type Storage } from '#storage';
import { templateDatabase, type TemplateDatabase, type TestDatabase } from '#testing';
import {
  arrivalOfErased,
  erasedFrom,
  ERASED_VALUE,
  doneByIdentity,
  requestRecord,
  SECRET,
  type ErasedHistory,
} from '../../application/erasing/erased-history.fixture.js';
import { EraseReplaced } from '../../application/erasing/erase-replaced.js';
import { busyHistories, recordsOf, START, TENANT } from '../../application/history.fixture.js';
import { StitchBatch } from '../../application/stitch-batch.js';
import { SweepDeadlines } from '../../application/sweep-deadlines.js';
import { FOLDING } from '../../domain/derive.js';
import { PostgresDumpReader } from './canonical-dump.reader.js';
import { JOURNEY_ERASURES, JOURNEY_SCHEMA, postgresStores } from './journey.schema.js';

const WATERMARK = START + 40 * 3_600_000;
const WORKERS = 3;

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

function batch(records: readonly LogRecord[], partition: number): RecordBatch {
  const placed = records.map((record) => ({ ...record, partition, offset: next++ }));
  return { group: 'journey', incarnation: 'test', records: placed };
}

const TABLES = `timeline, replaced_version, filing, profile, profile_alias, fact, checkpoint, consumer_offset, outbox, erasing_tenant,
  erased_interaction, erased_identifier, erasure_part, erasure_count, refiling`;

async function clear(): Promise<void> {
  await storage.unitOfWork.run((transaction) => transaction.query(`TRUNCATE ${TABLES}`));
  await storage.unitOfWork.run((transaction) => transaction.query('UPDATE watermark SET at = 0'));
}

function useCases() {
  const clock = new FixedClock(WATERMARK);
  const stores = postgresStores(SECRET);
  const folding = { ...FOLDING, checkpointEvery: 2 };
  return {
    stitching: new StitchBatch(storage.unitOfWork, stores, clock, folding),
    sweeping: new SweepDeadlines(storage.unitOfWork, stores, clock, folding),
    erasing: new CarryOutErasures(storage.unitOfWork, {
      book: JOURNEY_ERASURES,
      clock,
      reading: { secret: SECRET.value, regionOf: () => 'DE' },
      stores: [
        new EraseReplaced(storage.unitOfWork, stores),
        eraseDeadLetters(storage.deadLetters),
      ],
    }),
  };
}

/** The canonical dump, and the replaced versions. */
async function dump(): Promise<unknown> {
  const versions = await storage.unitOfWork.read(
    `SELECT source, id, content_revision, convert_from(body, 'UTF8') AS body FROM replaced_version ORDER BY 1, 2, 3`,
  );
  return [await new PostgresDumpReader(storage.unitOfWork).canonicalDump(TENANT), versions];
}

/** Every row of every table as text, bytes too. */
async function everything(): Promise<string> {
  const parts: string[] = [];
  for (const table of TABLES.split(',').filter((name) => name.trim() !== 'outbox')) {
    const rows = await storage.unitOfWork.read<{ row: object }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t`,
    );
    parts.push(JSON.stringify(rows));
  }
  for (const table of ['timeline', 'replaced_version']) {
    const rows = await storage.unitOfWork.read(
      `SELECT convert_from(body, 'UTF8') AS body FROM ${table}`,
    );
    parts.push(JSON.stringify(rows));
  }
  return parts.join('\n');
}

/** What was said to be done, and what was counted for it. */
async function told(): Promise<{ isDone: boolean; stores: Record<string, number> }> {
  const [part] = await storage.unitOfWork.read<{ is_done: boolean }>(
    'SELECT is_done FROM erasure_part',
  );
  const counts = await storage.unitOfWork.read<{ store: string; told: number }>(
    'SELECT store, told FROM erasure_count WHERE told > 0',
  );
  const stores = Object.fromEntries(counts.map((row) => [row.store, row.told]));
  return { isDone: part?.is_done ?? false, stores };
}

const sample = <Value>(of: fc.Arbitrary<Value>, seed: number): Value =>
  fc.sample(of, { numRuns: 1, seed })[0] as Value;

describe('erasing on Postgres', () => {
  it('comes to what had come without the erased, with three workers at once', async () => {
    const { stitching, sweeping, erasing } = useCases();
    for (const seed of Array.from({ length: 20 }, (_, index) => index + 1)) {
      const erased: ErasedHistory = sample(erasedFrom(busyHistories), seed);
      await clear();
      await stitching.execute(batch(recordsOf(erased.left), 0));
      await sweeping.execute(WATERMARK);
      const expected = await dump();
      await clear();
      const placed = sample(arrivalOfErased(erased), seed)
        .flatMap((records) => [records.slice(0, 3), records.slice(3)])
        .filter((records) => records.length > 0)
        .map((records, index) => batch(records, index % WORKERS));
      const work = async (worker: number) => {
        for (const one of placed) {
          if (one.records[0]?.partition !== worker) continue;
          await stitching.execute(one);
          await sweeping.execute(START + 3_600_000);
        }
      };
      const news = [requestRecord(), doneByIdentity(erased)];
      if (seed % 2 === 0) news.reverse();
      await Promise.all([
        ...Array.from({ length: WORKERS }, (_, worker) => work(worker)),
        ...news.map((record, index) => erasing.execute(batch([record], WORKERS + index))),
      ]);
      await sweeping.execute(WATERMARK);
      expect(await dump()).toEqual(expected);
      const text = await everything();
      expect(text).not.toContain(ERASED_VALUE);
      for (const ref of [...erased.erased, ...erased.expired])
        expect(text).not.toContain(JSON.stringify(ref.split('/')).slice(1, -1));
      const [part] = await storage.unitOfWork.read('SELECT expected, is_done FROM erasure_part');
      expect(part).toEqual({ expected: erased.erased.size, is_done: true });
    }
    expect(await storage.deadLetters.count()).toBe(0);
  }, 240_000);

  it('says that it is done when the last tombstone is handled, and how much there was', async () => {
    const { stitching, erasing } = useCases();
    const severalOf = ({ erased: gone }: ErasedHistory): boolean => gone.size > 1;
    const erased = sample(erasedFrom(busyHistories).filter(severalOf), 7);
    const tombstones = erased.records.filter(
      ({ value, headers }) => value === null && headers[HEADER.cause] === 'erasure',
    );
    await stitching.execute(batch(recordsOf(erased.whole), 0));
    await erasing.execute(batch([requestRecord(), doneByIdentity(erased)], 0));
    await stitching.execute(batch(tombstones.slice(1), 0));
    expect(await told()).toEqual({ isDone: false, stores: {} });
    const { rows } = await storage.outbox();
    await stitching.execute(batch(tombstones.slice(0, 1), 0));
    const done = await told();
    expect(done).toMatchObject({
      isDone: true,
      stores: { interactions: erased.erased.size, facts: expect.any(Number) },
    });
    expect((await storage.outbox()).rows).toBeGreaterThan(rows);
    await erasing.execute(batch([requestRecord(), doneByIdentity(erased)], 0));
    expect(await told()).toEqual(done);
  });

  it('lets nothing through when a body and its tombstone are handled at once', async () => {
    const { stitching, erasing } = useCases();
    for (const seed of Array.from({ length: 15 }, (_, index) => index + 50)) {
      const { whole, records, erased, expired } = sample(erasedFrom(busyHistories), seed);
      await clear();
      const bodies = recordsOf(whole);
      const half = Math.ceil(bodies.length / 2);
      await Promise.all([
        stitching.execute(batch(bodies.slice(0, half), 0)),
        stitching.execute(batch(bodies.slice(half), 1)),
        erasing.execute(batch([requestRecord()], 0)),
        ...records.map((record, index) => stitching.execute(batch([record], index + 2))),
      ]);
      const rows = await storage.unitOfWork.read<{ ref: string }>(
        `SELECT source || '/' || id AS ref FROM timeline UNION SELECT source || '/' || id FROM replaced_version`,
      );
      expect(rows.filter(({ ref }) => erased.has(ref) || expired.has(ref))).toEqual([]);
      expect(await everything()).not.toContain(ERASED_VALUE);
    }
  }, 240_000);
});
