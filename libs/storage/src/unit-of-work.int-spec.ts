import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { entityManagerOf } from './query-runner-transaction.js';
import { decodeRecords } from './outbox/record-codec.js';
import type { Storage } from './storage.js';
import { outgoing, setStage } from './storage.fixture.js';
import type { Stage } from './storage.fixture.js';

let stage: Stage;
let storage: Storage;
beforeEach(async () => {
  stage = await setStage();
  storage = await stage.open();
});
afterEach(() => stage.close());

const one = async (sql: string, parameters: unknown[] = []) =>
  (await storage.unitOfWork.read(sql, parameters))[0];

describe('a transaction', () => {
  test('is repeated after a deadlock, so both transfers are done once', async () => {
    const { unitOfWork } = storage;
    await unitOfWork.run((t) => t.query('INSERT INTO account VALUES (1, 100), (2, 100)'));
    let runs = 0;
    let arrived = 0;
    let bothArrived: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (bothArrived = resolve));
    const transfer = (from: number, to: number) =>
      unitOfWork.run(async (t) => {
        runs++;
        await t.query('UPDATE account SET balance = balance - 10 WHERE id = $1', [from]);
        if (++arrived === 2) bothArrived();
        await both;
        await t.query('UPDATE account SET balance = balance + 10 WHERE id = $1', [to]);
      });
    await Promise.all([transfer(1, 2), transfer(2, 1)]);
    expect(runs).toBe(3);
    expect(await one('SELECT sum(balance) AS sum, min(balance) AS min FROM account')).toEqual({
      sum: '200',
      min: 100,
    });
  });

  test('leaves nothing when its work throws, and the error is the caller’s own', async () => {
    const failed = storage.unitOfWork.publish(async (t) => {
      await t.query('INSERT INTO account VALUES (1, 1)');
      throw new RangeError('mine');
    });
    await expect(failed).rejects.toBeInstanceOf(RangeError);
    expect(await one('SELECT count(*) AS n FROM account')).toEqual({ n: 0 });
    expect(await storage.outbox()).toMatchObject({ rows: 0 });
  });

  test('publishes with its rows, in one outbox row', async () => {
    const result = await storage.unitOfWork.publish(async (t) => {
      await t.query('INSERT INTO account VALUES (1, 1)');
      return { result: 'done', outgoing: [outgoing('a'), outgoing('b', null)] };
    });
    expect(result).toBe('done');
    const { rows, ageMs } = await storage.outbox();
    expect(rows).toBe(1);
    expect(ageMs).toBeLessThan(10_000);
  });

  test('publishes what concerns everybody in several rows, in order', async () => {
    const records = Array.from({ length: 4_001 }, (_, index) => outgoing(`key ${index}`));
    await storage.unitOfWork.publish(async () => ({ result: 'done', outgoing: records }));
    const rows = await storage.unitOfWork.read<{ records: Buffer }>(
      'SELECT records FROM outbox ORDER BY id',
    );
    expect(rows).toHaveLength(3);
    expect(rows.flatMap((row) => decodeRecords(row.records))).toEqual(records);
  });

  test('reads counters as numbers, money as text, and refuses what no number can hold', async () => {
    expect(
      await one(`SELECT 9007199254740991::bigint AS max, ARRAY[1, NULL]::bigint[] AS list, 1.50::numeric AS money,
                        '2026-05-01'::date AS day`),
    ).toEqual({ max: 2 ** 53 - 1, list: [1, null], money: '1.50', day: '2026-05-01' });
    await expect(one('SELECT 9007199254740992::bigint AS beyond')).rejects.toMatchObject({
      code: 'internal',
    });
    expect(await one('SELECT 1 AS still')).toEqual({ still: 1 });
  });

  test('returns the rows of writing statements too', async () => {
    const { unitOfWork } = storage;
    const sql = [
      'INSERT INTO account VALUES (1, 5) RETURNING balance',
      'UPDATE account SET balance = 6 RETURNING balance',
      'DELETE FROM account RETURNING balance',
    ];
    const seen = await unitOfWork.run(async (t) => {
      const rows = [];
      for (const statement of sql) rows.push(await t.query(statement));
      return rows;
    });
    expect(seen).toEqual([[{ balance: 5 }], [{ balance: 6 }], [{ balance: 6 }]]);
  });
});

describe('the entity manager of a transaction', () => {
  const insert = 'INSERT INTO account VALUES (1, 1)';

  test('writes inside it: what throws afterwards takes the rows away', async () => {
    const failed = storage.unitOfWork.run(async (t) => {
      await entityManagerOf(t).query(insert);
      throw new RangeError('mine');
    });
    await expect(failed).rejects.toBeInstanceOf(RangeError);
    expect(await one('SELECT count(*) AS n FROM account')).toEqual({ n: 0 });
  });

  test('fails it when a statement failed, even if the work swallows the error', async () => {
    const swallowed = storage.unitOfWork.run(async (t) => {
      await entityManagerOf(t).query(insert);
      await entityManagerOf(t)
        .query(insert)
        .catch(() => undefined);
    });
    await expect(swallowed).rejects.toMatchObject({ driverError: { code: '23505' } });
    expect(await one('SELECT count(*) AS n FROM account')).toEqual({ n: 0 });
  });
});

describe('revisions', () => {
  test('grow with the epoch, beyond every counter of the epoch before', async () => {
    const { unitOfWork } = storage;
    const before = unitOfWork.revision(2 ** 40 - 1);
    expect(unitOfWork.revision(7)).toBe(7);
    expect(await storage.bumpEpoch()).toBe(1);
    expect(unitOfWork.revision(0)).toBe(before + 1);
    expect((await stage.open()).unitOfWork.revision(3)).toBe(2 ** 40 + 3);
    expect(() => unitOfWork.revision(2 ** 40)).toThrow(/invariant/);
    expect(() => unitOfWork.revision(0.5)).toThrow(/invariant/);
  });
});

describe('migrations', () => {
  test('run once when several processes start together', async () => {
    const others = await Promise.all([stage.open(), stage.open(), stage.open()]);
    await Promise.all(others.map((other) => other.migrate()));
    expect(await one('SELECT count(*) AS n FROM migrations')).toEqual({ n: 2 });
    expect(await one('SELECT current_schema() AS schema')).toEqual({ schema: 'stage' });
  });
});
