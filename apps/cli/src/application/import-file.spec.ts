import { describe, expect, it } from '@jest/globals';
import { Fault, FixedClock } from '#kernel';
import { parseMapping } from '../domain/parse-mapping.js';
import { AS_IS, type Mapping } from '../domain/mapping.js';
import type { Draft } from '../domain/map-record.js';
import { ImportFile } from './import-file.js';
import {
  type Checkpoint,
  Checkpoints,
  type FileRecord,
  InteractionSink,
  type PostOutcome,
  RecordFile,
} from './ports.js';

const now = Date.UTC(2026, 10, 22, 9);

const purchases: Mapping = {
  format: 'csv',
  source: 'shop',
  constants: { type: 'order.placed', channel: 'web' },
  fields: {
    occurredAt: { column: 'date', date: 'yyyyMMdd', time: '12:00' },
    'data.value': { column: 'value', as: 'decimal' },
  },
};

class FakeFile extends RecordFile {
  constructor(private readonly rows: readonly Record<string, string>[]) {
    super();
  }

  async hash(): Promise<string> {
    return JSON.stringify(this.rows);
  }

  async size(): Promise<number> {
    return this.rows.length * 10;
  }

  async *records(): AsyncIterable<FileRecord> {
    let line = 0;
    for (const values of this.rows) {
      line++;
      yield { line, endOffset: line * 10, values };
    }
  }
}

class FakeCheckpoints extends Checkpoints {
  readonly saved = new Map<string, Checkpoint>();

  async load(key: string) {
    return this.saved.get(key);
  }

  async save(key: string, checkpoint: Checkpoint) {
    this.saved.set(key, checkpoint);
  }

  async remove(key: string) {
    this.saved.delete(key);
  }
}

/** Keeps the first of every (source, id), as identity does. */
class FakeSink extends InteractionSink {
  readonly stored = new Map<string, Draft>();
  readonly requests: number[] = [];
  failsAfter = Number.POSITIVE_INFINITY;
  onTheirWayMost = 0;
  private onTheirWay = 0;

  async post(interactions: readonly Draft[]): Promise<PostOutcome> {
    if (this.requests.length >= this.failsAfter) throw new Fault('unavailable', 'gone');
    this.requests.push(interactions.length);
    this.onTheirWayMost = Math.max(this.onTheirWayMost, ++this.onTheirWay);
    await new Promise((resolve) => setImmediate(resolve));
    this.onTheirWay--;
    const rejected = interactions.flatMap((each, index) =>
      each['type'] === 'bad'
        ? [{ index, code: 'unknown-type', detail: 'bad', pointer: '/type' }]
        : [],
    );
    for (const each of interactions) this.stored.set(String(each['id']), each);
    return { accepted: interactions.length - rejected.length, rejected };
  }
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ date: '19970101', value: String(index % 7) }));

function set() {
  const sink = new FakeSink();
  const checkpoints = new FakeCheckpoints();
  const importer = new ImportFile(sink, checkpoints, new FixedClock(now));
  const run = (count: number, options: object = {}) =>
    importer.execute({
      file: new FakeFile(rows(count)),
      mapping: purchases,
      target: 't',
      batchSize: 10,
      ...options,
    });
  return { sink, checkpoints, importer, run };
}

describe('an import', () => {
  it('counts identical records as different ones, over the whole file', async () => {
    const { sink, run } = set();
    const summary = await run(100);
    expect(summary).toMatchObject({ records: 100, accepted: 100, rejected: 0, resumedAfter: 0 });
    expect(sink.stored.size).toBe(100);
  });

  it('adds nothing when it is repeated, and nothing for the file less one line', async () => {
    const { sink, run } = set();
    await run(100);
    await run(100);
    await run(99);
    expect(sink.stored.size).toBe(100);
  });

  it('keeps at most four requests on their way, each of at most a batch', async () => {
    const { sink, run } = set();
    await run(205);
    expect(sink.onTheirWayMost).toBeLessThanOrEqual(4);
    expect(Math.max(...sink.requests)).toBe(10);
    expect(sink.requests).toHaveLength(21);
  });

  it('goes on behind the checkpoint after a failure, with the same ids', async () => {
    const { sink, checkpoints, run } = set();
    sink.failsAfter = 6;
    await expect(run(200)).rejects.toThrow('gone');
    const [checkpoint] = [...checkpoints.saved.values()];
    expect(checkpoint?.records).toBe(60);
    sink.failsAfter = Number.POSITIVE_INFINITY;
    const summary = await run(200);
    expect(summary).toMatchObject({ records: 200, accepted: 200, resumedAfter: 60 });
    expect(sink.stored.size).toBe(200);
    expect(sink.requests.reduce((sum, size) => sum + size, 0)).toBe(200);
    expect(checkpoints.saved.size).toBe(0);
  });

  it('does not resume another target, another mapping, or when told to restart', async () => {
    const { sink, run } = set();
    sink.failsAfter = 3;
    await expect(run(100)).rejects.toThrow('gone');
    sink.failsAfter = Number.POSITIVE_INFINITY;
    expect((await run(100, { target: 'other' })).resumedAfter).toBe(0);
    expect((await run(100, { mapping: { ...purchases, source: 'x' } })).resumedAfter).toBe(0);
    expect((await run(100, { isRestart: true })).resumedAfter).toBe(0);
  });

  it('names the lines that were rejected or cannot be read, and imports the others', async () => {
    const { importer } = set();
    const good = { id: 'a', type: 'page.viewed' };
    const file = new FakeFile([good, { id: 'b', type: 'bad' }, { ...good, id: 'c' }]);
    const summary = await importer.execute({ file, mapping: AS_IS, target: 't' });
    expect(summary).toMatchObject({ records: 3, accepted: 2, rejected: 1 });
    expect(summary.rejections).toEqual([
      { line: 2, code: 'unknown-type', detail: 'bad', pointer: '/type' },
    ]);
    const unreadable = await importer.execute({
      file: new FakeFile([{ date: 'x', value: '1' }, ...rows(1)]),
      mapping: purchases,
      target: 't',
    });
    expect(unreadable).toMatchObject({ records: 2, accepted: 1, rejected: 1 });
    expect(unreadable.rejections[0]?.detail).toBe('column date is not a date like yyyyMMdd');
  });

  it('shifts dates so that the last is yesterday, without changing ids', async () => {
    const plain = set();
    await plain.run(20);
    const shifted = set();
    const summary = await shifted.run(20, {
      mapping: { ...purchases, shift: { lastDate: 'yesterday' } },
    });
    expect(summary.shiftDays).toBeGreaterThan(10_000);
    const instants = [...shifted.sink.stored.values()].map((each) => each['occurredAt']);
    expect(new Set(instants)).toEqual(new Set(['2026-11-21T12:00:00.000Z']));
    expect([...shifted.sink.stored.keys()]).toEqual([...plain.sink.stored.keys()]);
  });
});

describe('a mapping file', () => {
  it('is refused with every fault at once', () => {
    const parsed = parseMapping({
      format: 'xml',
      colums: {},
      fields: { 'data.value': { column: 'v', as: 'money' }, when: { column: 'd' } },
    });
    expect(parsed).toMatchObject({ ok: false });
    expect(parsed.ok ? [] : parsed.problem).toEqual(
      expect.arrayContaining([
        expect.stringContaining('colums is not known'),
        expect.stringContaining('format must be one of'),
        expect.stringContaining('fields.data.value.as must be one of'),
        expect.stringContaining('fields.when is no field'),
        'source must be given',
      ]),
    );
  });
});
