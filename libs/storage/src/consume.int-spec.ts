import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '#kernel';
import type { LogRecord } from '#event-log';
import { eventually } from '#testing';
import { PoisonRecord } from './poison-record.js';
import type { Storage } from './storage.js';
import { batch, outgoing, record, records, setStage } from './storage.fixture.js';
import type { Stage } from './storage.fixture.js';
import type { Transaction } from './transaction.js';

let stage: Stage;
let storage: Storage;
beforeEach(async () => {
  stage = await setStage();
  storage = await stage.open();
});
afterEach(() => stage.close());

async function write(transaction: Transaction, list: readonly LogRecord[]) {
  await transaction.query(
    'INSERT INTO effect SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[])',
    [list.map((r) => r.partition), list.map((r) => r.offset), list.map((r) => r.key)],
  );
  return { outgoing: list.map((r) => outgoing(`${r.partition}/${r.offset}`)) };
}

async function effects(): Promise<string[]> {
  const rows = await storage.unitOfWork.read<{ at: string }>(
    `SELECT partition || '/' || record_offset AS at FROM effect ORDER BY partition, record_offset`,
  );
  return rows.map((row) => row.at);
}

/** Opens once; whoever waits for it passes then. */
class Gate {
  open: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => (this.open = resolve));
}

async function waitingBackends(): Promise<number> {
  const [row] = await storage.unitOfWork.read<{ n: number }>(
    `SELECT count(*) AS n FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row?.n ?? 0;
}

const starts = (partitions: number[], incarnation = 'log-1') =>
  storage.unitOfWork.startAt(
    'stage',
    partitions.map((partition) => ({ topic: 'touchline.in.v1', partition })),
    incarnation,
  );

const failOn =
  (bad: (r: LogRecord) => boolean, error: (r: LogRecord) => Error) =>
  async (transaction: Transaction, list: readonly LogRecord[]) => {
    const found = list.find(bad);
    if (found) throw error(found);
    return write(transaction, list);
  };

describe('a batch', () => {
  test('leaves its rows, its outbox and its offsets, over several partitions', async () => {
    await storage.unitOfWork.consume(batch([...records(1, 10, 3), ...records(0, 5, 2)]), write);
    expect(await effects()).toEqual(['0/5', '0/6', '1/10', '1/11', '1/12']);
    expect(await starts([0, 1, 2])).toEqual([7, 13, undefined]);
    expect(await storage.outbox()).toMatchObject({ rows: 1 });
  });

  test('has no effect the second time', async () => {
    await storage.unitOfWork.consume(batch(records(0, 0, 3)), write);
    await storage.unitOfWork.consume(batch(records(0, 0, 3)), write);
    await storage.unitOfWork.consume(batch(records(0, 2, 2)), write);
    expect(await effects()).toEqual(['0/0', '0/1', '0/2', '0/3']);
  });

  test('leaves nothing when the process dies between the work and the commit', async () => {
    const died = storage.unitOfWork.consume(batch(records(0, 0, 3)), async (transaction, list) => {
      const effect = await write(transaction, list);
      await transaction.query('SELECT pg_terminate_backend(pg_backend_pid())');
      return effect;
    });
    await expect(died).rejects.toMatchObject({ code: 'unavailable', isRetriable: true });
    expect(await effects()).toEqual([]);
    expect(await starts([0])).toEqual([undefined]);
    expect(await storage.outbox()).toMatchObject({ rows: 0 });

    await storage.unitOfWork.consume(batch(records(0, 0, 3)), write);
    expect(await effects()).toEqual(['0/0', '0/1', '0/2']);
  });

  test('is not committed when its work swallowed a failed statement', async () => {
    const swallowed = storage.unitOfWork.run(async (transaction) => {
      await transaction.query("INSERT INTO effect VALUES (0, 0, 'x')");
      await transaction.query('SELECT 1/0').catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow(/division by zero/);
    expect(await effects()).toEqual([]);
  });
});

describe('two workers on one partition', () => {
  test('have each record once: the zombie waits on the offset row and is then fenced', async () => {
    const other = await stage.open();
    const [ownerWorks, mayFinish] = [new Gate(), new Gate()];
    const owner = storage.unitOfWork.consume(batch(records(0, 0, 4)), async (transaction, list) => {
      ownerWorks.open();
      await mayFinish.passed;
      return write(transaction, list);
    });
    await ownerWorks.passed;

    const seenByZombie: number[] = [];
    const zombie = other.unitOfWork.consume(batch(records(0, 2, 4)), (transaction, list) => {
      seenByZombie.push(...list.map((r) => r.offset));
      return write(transaction, list);
    });
    await eventually(async () => expect(await waitingBackends()).toBe(1));
    expect(seenByZombie).toEqual([]);

    mayFinish.open();
    await Promise.all([owner, zombie]);
    expect(seenByZombie).toEqual([4, 5]);
    expect(await effects()).toEqual(['0/0', '0/1', '0/2', '0/3', '0/4', '0/5']);
  });

  test('never deadlock or repeat, however their partitions overlap', async () => {
    const other = await stage.open();
    const rounds = 15;
    const consumeAll = async (worker: Storage, order: number[]) => {
      for (let round = 0; round < rounds; round++) {
        const list = order.flatMap((partition) => records(partition, round * 5, 5));
        await worker.unitOfWork.consume(batch(list), write);
      }
    };
    await Promise.all([consumeAll(storage, [0, 1, 2]), consumeAll(other, [2, 1, 0])]);
    const seen = await effects();
    expect(seen).toHaveLength(rounds * 5 * 3);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('a poison record', () => {
  test('is found by halving and set aside with its bytes, its cause and its place', async () => {
    const list = [...records(0, 0, 7), ...records(1, 0, 6)];
    const poison = (r: LogRecord) => r.partition === 1 && r.offset === 2;
    await storage.unitOfWork.consume(
      batch(list),
      failOn(poison, () => new TypeError('cannot read undefined\u0000')),
    );
    expect(await effects()).toHaveLength(12);
    expect(await effects()).not.toContain('1/2');
    expect(await starts([0, 1])).toEqual([7, 6]);
    const [letter, ...others] = await storage.deadLetters.list();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      group: 'stage',
      code: 'internal',
      detail: 'TypeError: cannot read undefined\ufffd',
      record: { ...record(1, 2), value: Buffer.from('1-2') },
    });
    expect(await storage.deadLetters.get(letter?.id ?? 0)).toEqual(letter);
  });

  test('that names itself costs one more run', async () => {
    let runs = 0;
    await storage.unitOfWork.consume(batch(records(0, 0, 64)), async (transaction, list) => {
      runs++;
      const bad = list.find((r) => r.offset === 33);
      if (bad) throw new PoisonRecord(bad, 'malformed-json', 'no JSON');
      return write(transaction, list);
    });
    expect(runs).toBe(2);
    expect(await effects()).toHaveLength(63);
    expect(await storage.deadLetters.list()).toMatchObject([{ code: 'malformed-json' }]);
  });

  test('may also be reported with the effect of its neighbours', async () => {
    await storage.unitOfWork.consume(batch(records(0, 0, 3)), async (transaction, list) => {
      const [bad, ...good] = list;
      const effect = await write(transaction, good);
      return {
        ...effect,
        deadLetters: bad ? [{ record: bad, code: 'malformed-json', detail: 'no JSON' }] : [],
      };
    });
    expect(await effects()).toEqual(['0/1', '0/2']);
    expect(await storage.deadLetters.count()).toBe(1);
  });

  test('may be every record of a batch', async () => {
    await storage.unitOfWork.consume(
      batch(records(0, 0, 40)),
      failOn(
        () => true,
        (r) => new PoisonRecord(r, 'malformed-json', 'no JSON'),
      ),
    );
    expect(await storage.deadLetters.count()).toBe(40);
    expect(await starts([0])).toEqual([40]);
  });

  test('of Postgres (U+0000 in a text column) does not hold up its neighbours', async () => {
    const list = records(0, 0, 5).map((r) => (r.offset === 3 ? { ...r, key: 'k\u0000' } : r));
    await storage.unitOfWork.consume(batch(list), write);
    expect(await effects()).toEqual(['0/0', '0/1', '0/2', '0/4']);
    expect((await storage.deadLetters.list())[0]?.record.key).toBe('k\u0000');
  });
});

test('what counts effects is told once of each record whose effect is committed', async () => {
  const counted: number[] = [];
  let runs = 0;
  const work = async (transaction: Transaction, list: readonly LogRecord[]) => {
    if (list.length > 1 && list.some((r) => r.offset === 5)) throw new TypeError('one of these');
    if (list.some((r) => r.offset === 5)) throw new Error('this one');
    if (++runs === 2) throw Object.assign(new Error('deadlock'), { code: '40P01' });
    const effect = await write(transaction, list);
    return { ...effect, committed: () => void counted.push(...list.map((r) => r.offset)) };
  };
  await storage.unitOfWork.consume(batch(records(0, 0, 8)), work);
  expect(counted).toEqual([0, 1, 2, 3, 4, 6, 7]);
  expect(storage.activity().repeats).toBe(1);
  await storage.unitOfWork.consume(batch(records(0, 0, 8)), work);
  expect(counted).toHaveLength(7);
});

describe('a fault of the surroundings', () => {
  test.each([
    [
      'a retriable fault',
      async () => Promise.reject(new Fault('unavailable', 'later', { retriable: true })),
    ],
    ['a missing table', async (t: Transaction) => t.query('SELECT * FROM nowhere')],
    [
      'a read-only database',
      async (t: Transaction) => {
        await t.query('SET TRANSACTION READ ONLY');
        return t.query("INSERT INTO effect VALUES (0, 0, 'x')");
      },
    ],
  ])('(%s) is thrown to the log, nothing is dead-lettered or skipped', async (_name, fail) => {
    const consumed = storage.unitOfWork.consume(batch(records(0, 0, 4)), async (transaction) => {
      await fail(transaction);
      return { outgoing: [] };
    });
    await expect(consumed).rejects.toMatchObject({ code: 'unavailable', isRetriable: true });
    expect(await storage.deadLetters.count()).toBe(0);
    expect(await starts([0])).toEqual([undefined]);
  });

  test('another log is refused: at the start and with a batch', async () => {
    await storage.unitOfWork.consume(batch(records(0, 0, 1)), write);
    await expect(starts([0], 'log-2')).rejects.toMatchObject({ code: 'log-incarnation-changed' });
    await expect(
      storage.unitOfWork.consume(batch(records(0, 1, 1), 'log-2'), write),
    ).rejects.toMatchObject({ code: 'log-incarnation-changed' });
    expect(await storage.deadLetters.count()).toBe(0);
  });
});

describe('a record that comes again', () => {
  const bad = record(0, 1);
  async function setAside() {
    const failing = failOn(
      (r) => r.offset === 1,
      () => new Error('a defect'),
    );
    await storage.unitOfWork.consume(batch(records(0, 0, 3)), failing);
    const [letter] = await storage.deadLetters.list();
    return { ...batch([bad], ''), redelivers: letter?.id ?? 0 };
  }

  test('has its effect once, moves no offset, and its letter goes in the same transaction', async () => {
    const again = await setAside();
    const both = await Promise.allSettled([
      storage.unitOfWork.consume(again, write),
      storage.unitOfWork.consume(again, write),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await effects()).toEqual(['0/0', '0/1', '0/2']);
    expect(await starts([0])).toEqual([3]);
    expect(await storage.deadLetters.count()).toBe(0);
    expect(await storage.outbox()).toMatchObject({ rows: 3 });
  });

  test('waits for nobody who erases letters meanwhile, and then has no effect', async () => {
    const again = await setAside();
    const erased = storage.unitOfWork.consume(again, async (transaction, list) => {
      expect(await storage.deadLetters.erase(() => true)).toBe(1); // who holds what this work locks
      return write(transaction, list);
    });
    await expect(erased).rejects.toMatchObject({ code: 'not-found' });
    expect(await effects()).toEqual(['0/0', '0/2']);
    expect(await storage.outbox()).toMatchObject({ rows: 2 });
  });

  test('keeps its letter when it still fails, thrown or set aside again', async () => {
    const again = await setAside();
    const thrown = storage.unitOfWork.consume(again, async () => {
      throw new Error('a defect');
    });
    await expect(thrown).rejects.toThrow('a defect');
    const letters = [{ record: bad, code: 'undecodable', detail: 'no JSON' }];
    const named = storage.unitOfWork.consume(again, async (transaction, list) => ({
      ...(await write(transaction, list)),
      deadLetters: letters,
    }));
    await expect(named).rejects.toMatchObject({ code: 'undecodable' });
    expect(await effects()).toEqual(['0/0', '0/2']);
    expect(await storage.deadLetters.count()).toBe(1);
  });
});
