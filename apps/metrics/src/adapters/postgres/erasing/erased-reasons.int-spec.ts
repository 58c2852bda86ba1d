import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HEADER, recordKey, TOPIC } from '#contracts';
import { ErasureBook } from '#erasure';
import type { LogRecord, RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { freshDatabase, type TestDatabase } from '#testing';
import { AggregateErasing } from '../../../application/erasing/aggregate-erasing.js';
import { PublicationsRenamed } from '../../../application/erasing/publications-renamed.js';
import { AggregateBatch } from '../../../application/counting/aggregate-batch.js';
import { FixedRules } from '../../../application/memory-tables.fixture.js';
import { PublishBuckets } from '../../../application/publishing/publish-buckets.js';
import { PostgresAggregateTables } from '../counting/observations-and-buckets.repository.js';
import { emptyTables, openMetricsStorage } from '../metrics-database.fixture.js';
import { PostgresPublicationTables } from '../publishing/publication.repository.js';
import { PostgresErasedReasons } from './erased-reasons.repository.js';

const TENANT = 'default';
const DAY = 86_400_000;
const AT_ONCE = { graceMs: 0, quietMs: 0, quietMaxMs: 0, againQuietMs: 0, againEveryMs: 0 };

let database: TestDatabase;
let storage: Storage;
let offset = 0;
const clock = new FixedClock(DAY);

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openMetricsStorage(database.url);
});
beforeEach(() => emptyTables(storage));
afterAll(async () => {
  await storage.close();
  await database.close();
});

interface Sent {
  readonly id: string;
  readonly revision: number;
  readonly source?: string;
  readonly channel?: string;
  readonly isErased?: true;
  /** Went by age: content of this revision and later lives. */
  readonly isExpired?: true;
}

function record({ id, revision, source = 'shop', channel = 'web', ...sent }: Sent): LogRecord {
  const { isErased, isExpired } = sent;
  return {
    topic: TOPIC.interactionIdentified.name,
    key: recordKey(TENANT, 1),
    partition: 0,
    offset: offset++,
    appendedAt: 0,
    headers: {
      [HEADER.tenant]: TENANT,
      [HEADER.interactionSource]: source,
      [HEADER.interactionId]: id,
      [HEADER.contentRevision]: String(revision),
      [HEADER.occurredAt]: '1970-01-01T00:10:00.000Z',
      [HEADER.dims]: JSON.stringify({ channel, type: 'page.viewed' }),
      ...(isErased && { [HEADER.cause]: 'erasure', [HEADER.causeRef]: 'e1' }),
      ...(isExpired && { [HEADER.cause]: 'retention', [HEADER.causeRef]: '1970-01-02' }),
    },
    value: isErased || isExpired ? null : Buffer.from('{}'),
  };
}

function stage() {
  const { unitOfWork } = storage;
  const reading = { secret: 'a secret of tests', regionOf: () => 'DE' };
  const reasons = new PostgresErasedReasons(new ErasureBook('metrics', true), reading);
  const rules = new FixedRules({ zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 });
  const counting = new AggregateBatch(unitOfWork, new PostgresAggregateTables(), rules, clock);
  const aggregate = new AggregateErasing(unitOfWork, counting, reasons, clock);
  const tables = new PublicationsRenamed(new PostgresPublicationTables(), reasons);
  const publishing = new PublishBuckets(unitOfWork, tables, clock);
  return {
    take: (...sent: Sent[]) => {
      const records = sent.map(record);
      return aggregate.execute({ group: 'metrics', incarnation: 't', records } as RecordBatch);
    },
    publish: async () => {
      clock.advance(1_000);
      await publishing.execute(AT_ONCE);
    },
  };
}

/** All rows of all tables as text. */
async function everything(): Promise<string> {
  const tables = await storage.unitOfWork.read<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'metrics' AND tablename <> 'outbox'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await storage.unitOfWork.read(`SELECT to_jsonb(t) AS row FROM "${name}" t`);
    texts.push(JSON.stringify(rows));
  }
  return texts.join('\n');
}

const reasonsTold = async (): Promise<unknown[]> =>
  (
    await storage.unitOfWork.read<{ causes: unknown[] }>(
      `SELECT causes FROM publication WHERE kpi = 'interactions' ORDER BY sequence, dim1, dim2, dim3, dim4`,
    )
  ).map(({ causes }) => causes);

describe('reasons that name what is erased', () => {
  it('name the erasure instead: in the ledger, in what waits, and in what comes too late', async () => {
    const { take, publish } = stage();
    await take({ id: 'other', revision: 1 });
    await publish();
    await take({ id: 'secret-order', source: 'shop/de', revision: 2 });
    await publish();
    await take({ id: 'secret-order', source: 'shop/de', channel: 'mobile', revision: 3 });
    expect(await everything()).toContain('secret-order');
    await take({ id: 'secret-order', source: 'shop/de', revision: 9, isErased: true });
    expect(await everything()).not.toContain('secret-order');
    await publish();
    expect(await everything()).not.toContain('secret-order');

    // A fact that it caused is still on its way: here another interaction stands for it.
    await storage.unitOfWork.run((transaction) =>
      transaction.query(
        `INSERT INTO bucket_cause SELECT tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4, 'new', 'shop/de/secret-order', 1
           FROM bucket WHERE publications > 0 AND 'shop' IN (dim1, dim2, dim3, dim4)`,
      ),
    );
    await take({ id: 'third', revision: 1 });
    await publish();
    expect(await everything()).not.toContain('secret-order');
    const told = JSON.stringify(await reasonsTold());
    expect(told).toContain('"ref":"e1"');
    expect(told).toContain('"ref":"shop/third"');
    expect(told).not.toContain('secret-order');
  });

  it('name the horizon instead of what went by age, and no erasure is counted', async () => {
    const { take, publish } = stage();
    await take({ id: 'other', revision: 1 });
    await publish();
    await take({ id: 'old-order', revision: 2 });
    await publish();
    await take({ id: 'old-order', revision: 9, isExpired: true });
    await publish();
    expect(await everything()).not.toContain('old-order');
    const told = JSON.stringify(await reasonsTold());
    expect(told).toContain('"cause":"retention"');
    expect(told).toContain('"ref":"1970-01-02"');
    expect(await storage.unitOfWork.read('SELECT store FROM erasure_count')).toEqual([]);
  });

  it('name what went by age and came back, corrected to a day that is kept', async () => {
    const { take, publish } = stage();
    await take({ id: 'other', revision: 1 }, { id: 'old-order', revision: 2 });
    await publish();
    await take({ id: 'old-order', revision: 9, isExpired: true });
    await publish();
    await take({ id: 'old-order', revision: 10 });
    await publish();
    expect(JSON.stringify(await reasonsTold())).toContain('"ref":"shop/old-order"');
  });

  it('counts what was there, and waits for as many tombstones as identity sent', async () => {
    const { take } = stage();
    const book = new ErasureBook('metrics', true);
    await take({ id: 'a', revision: 1 }, { id: 'b', revision: 1 });
    await storage.unitOfWork.run(async (transaction) => {
      const part = { tenant: TENANT, erasureId: 'e1', part: 1 };
      await book.note(transaction, {
        requested: [
          {
            ...part,
            at: '2026-01-01T00:00:00.000Z',
            parts: 1,
            interactions: [],
            identifiers: [],
            filings: [],
            remains: [],
            calls: [],
          },
        ],
        done: [{ ...part, service: 'identity', at: '', stores: { interactions: 2 } }],
      });
    });
    const isDone = async () =>
      (await storage.unitOfWork.read<{ is_done: boolean }>('SELECT is_done FROM erasure_part'))[0]
        ?.is_done;
    await take({ id: 'a', revision: 2, isErased: true });
    await take({ id: 'a', revision: 2, isErased: true });
    expect(await isDone()).toBe(false);
    await take({ id: 'b', revision: 2, isErased: true });
    expect(await isDone()).toBe(true);
    const counts = await storage.unitOfWork.read(
      `SELECT store, count, told FROM erasure_count WHERE store = 'interactions'`,
    );
    expect(counts).toEqual([{ store: 'interactions', count: 2, told: 2 }]);
  });
});
