import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '#kernel';
import { eventually } from '#testing';
import { RecordingLog } from '../recording-log.fixture.js';
import type { Storage } from '../storage.js';
import { batch, outgoing, records, setStage } from '../storage.fixture.js';
import type { Stage } from '../storage.fixture.js';

let stage: Stage;
let storage: Storage;
beforeEach(async () => {
  stage = await setStage();
  storage = await stage.open();
});
afterEach(() => stage.close());

/** What ten sends would take if each waited for the relay's poll. */
const TEN_POLLS_MS = 10_000;

const publish = (from: Storage, ...keys: string[]) =>
  from.unitOfWork.publish(async () => ({
    result: undefined,
    outgoing: keys.map((key) => outgoing(key)),
  }));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

describe('the relay', () => {
  test('sends what waits, in order, tombstones and headers included, and deletes it', async () => {
    for (const key of numbered(50)) await publish(storage, key);
    await storage.unitOfWork.publish(async () => ({
      result: undefined,
      outgoing: [outgoing('gone', null), outgoing('empty', '')],
    }));
    storage.startRelay();
    await storage.drained();
    expect(stage.log.keys()).toEqual([...numbered(50), 'gone', 'empty']);
    expect(stage.log.appended.at(-2)).toEqual(outgoing('gone', null));
    expect(stage.log.appended.at(-1)).toEqual(outgoing('empty', ''));
    expect(await storage.outbox()).toEqual({ rows: 0, ageMs: 0 });
  });

  test('sends at once when something is written, without waiting for its poll', async () => {
    storage.startRelay();
    await publish(storage, 'warm');
    await storage.drained();
    const started = performance.now();
    for (const key of numbered(10)) {
      await publish(storage, key);
      await eventually(() => expect(stage.log.keys()).toContain(key), { everyMs: 1 });
    }
    expect(performance.now() - started).toBeLessThan(TEN_POLLS_MS / 2);
  });

  test('is woken by another process through NOTIFY', async () => {
    storage.startRelay();
    const writer = await stage.open(new RecordingLog());
    await publish(writer, 'warm');
    await storage.drained();
    const started = performance.now();
    for (const key of numbered(10)) {
      await publish(writer, key);
      await eventually(() => expect(stage.log.keys()).toContain(key), { everyMs: 1 });
    }
    expect(performance.now() - started).toBeLessThan(TEN_POLLS_MS / 2);
  });

  test('sends what consume produced, once, although the batch came twice', async () => {
    storage.startRelay();
    for (let repeat = 0; repeat < 2; repeat++) {
      await storage.unitOfWork.consume(batch(records(0, 0, 3)), async (_transaction, list) => ({
        outgoing: list.map((r) => outgoing(`${r.offset}`)),
      }));
    }
    await storage.drained();
    expect(stage.log.keys()).toEqual(['0', '1', '2']);
  });

  test('waits out a log that refuses, says so, and resumes in order', async () => {
    let isDown = true;
    stage.log.beforeAppend = async () => {
      if (isDown) throw new Fault('unavailable', 'the log is down', { retriable: true });
    };
    storage.startRelay();
    for (const key of numbered(5)) await publish(storage, key);
    await eventually(async () =>
      expect(await storage.outbox()).toMatchObject({ rows: 5, error: 'the log is down' }),
    );
    isDown = false;
    await storage.drained();
    expect(stage.log.keys()).toEqual(numbered(5));
    expect(await storage.outbox()).toEqual({ rows: 0, ageMs: 0 });
  });

  test('sets a record that the log refuses aside, with its bytes and cause; its neighbours go through in order', async () => {
    const large = [
      outgoing('large', 'x'.repeat(1_000_001)),
      outgoing('huge', 'y'.repeat(2_000_000)),
    ];
    await publish(storage, 'a', 'b');
    await storage.unitOfWork.publish(async () => ({
      result: undefined,
      outgoing: [outgoing('c'), ...large.slice(0, 1), outgoing('d')],
    }));
    await publish(storage, 'e');
    await storage.unitOfWork.publish(async () => ({ result: undefined, outgoing: large.slice(1) }));
    await publish(storage, 'f');
    storage.startRelay();
    await storage.drained();
    expect(stage.log.keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await storage.outbox()).toEqual({ rows: 0, ageMs: 0 });
    const [huge, first] = await storage.deadLetters.list();
    for (const letter of [first, huge])
      expect(letter).toMatchObject({
        group: 'outbox',
        code: 'too-large',
        detail: expect.stringContaining('the log takes'),
      });
    expect([first, huge].map((letter) => letter?.record.key)).toEqual(['large', 'huge']);
    // Buffer.equals: to compare megabytes byte by byte takes jest seconds.
    expect(first?.record.value?.equals(Buffer.from('x'.repeat(1_000_001)))).toBe(true);
    expect(huge?.record.value?.equals(Buffer.from('y'.repeat(2_000_000)))).toBe(true);
    expect([first?.record.partition, huge?.record.partition]).toEqual([1, 0]);
    expect(huge?.record.offset).toBeGreaterThan(first?.record.offset ?? Infinity);
    expect(await storage.deadLetters.count()).toBe(2);
  });

  test('keeps of what the log refuses only what its schema lets pass, and sends the neighbours', async () => {
    storage.unitOfWork.screenDeadLetters(async (transaction, letters) => {
      expect(await transaction.query('SELECT current_schema() AS at')).toEqual([{ at: 'stage' }]);
      return letters.filter(({ record }) => record.key !== 'erased');
    });
    const large = (key: string) => outgoing(key, 'x'.repeat(1_000_001));
    await storage.unitOfWork.publish(async () => ({
      result: undefined,
      outgoing: [outgoing('a'), large('erased'), large('kept'), outgoing('b')],
    }));
    storage.startRelay();
    await storage.drained();
    expect(stage.log.keys()).toEqual(['a', 'b']);
    expect((await storage.deadLetters.list()).map(({ record }) => record.key)).toEqual(['kept']);
  });

  test('sets a refused record aside once, although the log goes down half-way and the batch is sent again', async () => {
    let appends = 0;
    stage.log.beforeAppend = async () => {
      appends += 1;
      if (appends === 3) throw new Fault('unavailable', 'the log is down', { retriable: true });
    };
    const large = outgoing('large', 'x'.repeat(1_000_001));
    await storage.unitOfWork.publish(async () => ({
      result: undefined,
      outgoing: [outgoing('a'), large, outgoing('b'), outgoing('c')],
    }));
    storage.startRelay();
    await storage.drained();
    expect(stage.log.keys().slice(-3)).toEqual(['a', 'b', 'c']);
    expect(await storage.deadLetters.count()).toBe(1);
  });

  test('sets nothing aside for a fault of the surroundings, final or not', async () => {
    let isMissing = true;
    stage.log.beforeAppend = async () => {
      if (isMissing) throw new Fault('not-found', 'the log has no such topic');
    };
    await publish(storage, 'a', 'b');
    storage.startRelay();
    await eventually(async () =>
      expect(await storage.outbox()).toMatchObject({ error: 'the log has no such topic' }),
    );
    isMissing = false;
    await storage.drained();
    expect(stage.log.keys()).toEqual(['a', 'b']);
    expect(await storage.deadLetters.count()).toBe(0);
  });

  test('repeats, but never loses or reorders, when its connection dies between append and delete', async () => {
    let isFirst = true;
    const killRelay = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name = 'touchline stage relay'`;
    stage.log.beforeAppend = async () => {
      if (isFirst) await storage.unitOfWork.read(killRelay);
      isFirst = false;
    };
    for (const key of numbered(3)) await publish(storage, key);
    storage.startRelay();
    await storage.drained();
    expect(stage.log.keys()).toEqual([...numbered(3), ...numbered(3)]);
  });

  test('is one a schema: a stand-by sends nothing until the leader has gone, then all that is left', async () => {
    storage.startRelay();
    await publish(storage, 'first');
    await storage.drained();
    const standByLog = new RecordingLog();
    const standBy = await stage.open(standByLog);
    standBy.startRelay();
    for (const key of numbered(20)) await publish(standBy, key);
    await standBy.drained();
    expect(standByLog.appends).toBe(0);
    expect(stage.log.keys()).toEqual(['first', ...numbered(20)]);

    await storage.close();
    await publish(standBy, 'last');
    await standBy.drained();
    expect(standByLog.keys()).toEqual(['last']);
  });
});
