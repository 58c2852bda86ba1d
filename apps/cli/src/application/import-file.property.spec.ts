import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fault, FixedClock } from '#kernel';
import type { Draft } from '../domain/map-record.js';
import { AS_IS } from '../domain/mapping.js';
import { ImportFile } from './import-file.js';
import {
  type Checkpoint,
  Checkpoints,
  type FileRecord,
  InteractionSink,
  type PostOutcome,
  RecordFile,
} from './ports.js';

/** Records of few kinds: most are identical to others. */
const kinds = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 120 });

class KindFile extends RecordFile {
  constructor(private readonly numbers: readonly number[]) {
    super();
  }

  async hash(): Promise<string> {
    return JSON.stringify(this.numbers);
  }

  async size(): Promise<number> {
    return this.numbers.length;
  }

  async *records(): AsyncIterable<FileRecord> {
    for (const [index, kind] of this.numbers.entries()) {
      yield { line: index + 1, endOffset: index + 1, values: { kind } };
    }
  }
}

class Kept extends Checkpoints {
  private readonly saved = new Map<string, Checkpoint>();

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

/** Answers late and in any order; breaks down at random, before or after it has stored. */
class ShakySink extends InteractionSink {
  readonly stored = new Map<string, unknown>();

  constructor(private readonly moods: Iterator<number>) {
    super();
  }

  async post(interactions: readonly Draft[]): Promise<PostOutcome> {
    const mood: number = (this.moods.next().value as number | undefined) ?? 9;
    for (let tick = 0; tick < mood; tick++) await Promise.resolve();
    if (mood === 0) throw new Fault('unavailable', 'before');
    for (const each of interactions) this.stored.set(String(each['id']), each['kind']);
    if (mood === 1) throw new Fault('unavailable', 'after');
    return { accepted: interactions.length, rejected: [] };
  }
}

async function importAll(sink: InteractionSink, numbers: readonly number[]): Promise<number> {
  const importer = new ImportFile(sink, new Kept(), new FixedClock(0));
  for (;;) {
    try {
      const file = new KindFile(numbers);
      const summary = await importer.execute({ file, mapping: AS_IS, target: 't', batchSize: 7 });
      return summary.accepted;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
}

const multiset = (values: Iterable<unknown>) => [...values].map(Number).sort((a, b) => a - b);

describe('an import that is cut off again and again', () => {
  it('stores every record exactly once and counts each once', async () => {
    const moods = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(kinds, moods, async (numbers, drawn) => {
        const sink = new ShakySink(drawn[Symbol.iterator]());
        expect(await importAll(sink, numbers)).toBe(numbers.length);
        expect(multiset(sink.stored.values())).toEqual(multiset(numbers));
      }),
      { numRuns: 200 },
    );
  });

  it('gives ids that depend on the records, not on their order in the file', async () => {
    await fc.assert(
      fc.asyncProperty(kinds, fc.nat(), async (numbers, turn) => {
        const calm = () => new ShakySink([][Symbol.iterator]());
        const [first, second] = [calm(), calm()];
        const at = numbers.length === 0 ? 0 : turn % numbers.length;
        await importAll(first, numbers);
        await importAll(second, [...numbers.slice(at), ...numbers.slice(0, at)]);
        expect(new Set(second.stored.keys())).toEqual(new Set(first.stored.keys()));
      }),
      { numRuns: 100 },
    );
  });
});
