import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, revisionOf } from '#contracts';
import type { LogRecord, OutgoingRecord, ReadOptions } from '#event-log';
import { readTold } from './read-told.js';
import { epochAfter, isLost, type Told } from './told.js';
import { toldOf } from './told-record.js';

const TOPIC = 'things';
const KEYS = ['a', 'b', 'c', 'd', 'e'];
/** Never changed: it is told again with every restore. */
const TENANT = 'tenant';

interface Row {
  readonly counter: number;
  /** Null: gone. */
  readonly content: string | null;
}

/** A service's schema with what it has to send, and how far somebody whose offsets are beside it has read. */
interface Database {
  epoch: number;
  rows: Map<string, Row>;
  outbox: OutgoingRecord[];
  read: number;
}

type Action =
  | { readonly kind: 'change'; readonly key: string; readonly content: string | null }
  | { readonly kind: 'send'; readonly count: number }
  | { readonly kind: 'read'; readonly count: number }
  | { readonly kind: 'backup' }
  | { readonly kind: 'restore'; readonly which: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      key: fc.constantFrom(...KEYS),
      content: fc.option(fc.string({ minLength: 1, maxLength: 3 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), count: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'backup' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat() }) },
);

/** Lives of a service on one log: any of its backups may be restored, any number of times. */
class Lives {
  readonly log: LogRecord[] = [];
  private database: Database = { epoch: 0, rows: new Map(), outbox: [], read: 0 };
  private readonly backups: Database[] = [];

  get rows(): ReadonlyMap<string, Row> {
    return this.database.rows;
  }

  async act(what: Action): Promise<void> {
    const { database } = this;
    switch (what.kind) {
      case 'change':
        return this.change(what.key, what.content);
      case 'send':
        return this.send(what.count);
      case 'read':
        database.read = Math.min(this.log.length, database.read + what.count);
        return undefined;
      case 'backup':
        this.backups.push(copyOf(database));
        return undefined;
      case 'restore':
        return this.restore(what.which);
    }
  }

  send(count: number): void {
    for (const record of this.database.outbox.splice(0, count)) this.append(record);
  }

  private append(record: OutgoingRecord): void {
    this.log.push({ ...record, partition: 0, offset: this.log.length, appendedAt: 0 });
  }

  private change(key: string, content: string | null): void {
    const { rows, outbox } = this.database;
    const counter = (rows.get(key)?.counter ?? 0) + 1;
    rows.set(key, { counter, content });
    outbox.push(this.recordOf(key));
  }

  private recordOf(key: string): OutgoingRecord {
    const { epoch, rows } = this.database;
    const { counter, content } = rows.get(key) ?? { counter: 0, content: null };
    const headers = { [HEADER.revision]: String(revisionOf(epoch, counter)) };
    return { topic: TOPIC, key, headers, value: content === null ? null : Buffer.from(content) };
  }

  /** As `afterRestore` does: reads from where others had read, in small portions, and says again what is lost. */
  private async restore(which: number): Promise<void> {
    const backup = this.backups[which % Math.max(1, this.backups.length)];
    if (backup === undefined) return;
    this.database = copyOf(backup);
    const { database } = this;
    const given = database.epoch;
    const stretch = { topic: TOPIC, partition: 0, earliest: 0, next: this.log.length };
    const from = database.read;
    const told: (readonly Told[])[] = [];
    let inLog = -1;
    for await (const portion of readTold(this, { ...stretch, from }, (one) => [toldOf(one)], 2)) {
      told.push(portion.told);
      inLog = Math.max(inLog, portion.epoch);
    }
    database.epoch = epochAfter([given], inLog);
    for (const one of told.flat()) {
      const row = database.rows.get(one.key);
      if (isLost(one, row && { epoch: given, counter: row.counter }))
        database.outbox.push(this.recordOf(one.key));
    }
    const announced = { ...this.recordOf(TENANT), key: TENANT };
    this.append(announced);
    database.outbox.push(announced);
  }

  async read({ from, max }: ReadOptions): Promise<readonly LogRecord[]> {
    return this.log.slice(from, from + max);
  }
}

const copyOf = ({ rows, outbox, ...rest }: Database): Database => ({
  ...rest,
  rows: new Map(rows),
  outbox: [...outbox],
});

const revisionIn = ({ headers }: LogRecord): number => Number(headers[HEADER.revision]);
const textOf = ({ value }: LogRecord): string | null => value?.toString('utf8') ?? null;

async function livedThrough(actions: readonly Action[]): Promise<Lives> {
  const lives = new Lives();
  for (const each of actions) await lives.act(each);
  lives.send(Infinity);
  return lives;
}

const lives = fc.array(action, { minLength: 5, maxLength: 80, size: 'max' });

describe('a log beside a database that was restored, any number of times', () => {
  it('tells last of every key what the tables hold, in the highest revision', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (actions) => {
        const { log, rows } = await livedThrough(actions);
        for (const [key, ofKey] of Map.groupBy(log, (record) => record.key)) {
          const last = ofKey.at(-1) as LogRecord;
          expect(textOf(last)).toBe(rows.get(key)?.content ?? null);
          expect(revisionIn(last)).toBe(Math.max(...ofKey.map(revisionIn)));
        }
        for (const [key, { content }] of rows)
          if (content !== null) expect(log.map((record) => record.key)).toContain(key);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never uses a revision of a key twice for different contents', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (actions) => {
        const { log } = await livedThrough(actions);
        const said = new Map<string, string | null>();
        for (const record of log) {
          const name = `${record.key} ${revisionIn(record)}`;
          expect([undefined, textOf(record)]).toContain(said.get(name));
          said.set(name, textOf(record));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
