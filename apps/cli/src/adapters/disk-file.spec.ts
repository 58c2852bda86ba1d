import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FileRecord } from '../application/ports.js';
import { DerivedIds } from '../domain/derive-id.js';
import { mapRecord } from '../domain/map-record.js';
import type { Mapping } from '../domain/mapping.js';
import { DiskFile } from './disk-file.js';
import { inPackage } from './package-root.js';
import { readLines } from './read-lines.js';
import { readMapping } from './read-mapping.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchline-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, mapping: Partial<Mapping>): Promise<FileRecord[]> {
  const path = join(folder, 'file');
  await writeFile(path, text);
  const records: FileRecord[] = [];
  const full: Mapping = { format: 'csv', constants: {}, fields: {}, ...mapping };
  for await (const record of new DiskFile(path).records(full)) records.push(record);
  return records;
}

describe('a file on disk', () => {
  it('reads CSV with a header, quotes and a byte order mark, and knows where records end', async () => {
    const text = '\ufeffname,note\r\nä,"one\ntwo"\r\nb,\r\n';
    const records = await read(text, {});
    expect(records.map(({ values }) => values)).toEqual([
      { name: 'ä', note: 'one\ntwo' },
      { name: 'b', note: '' },
    ]);
    expect(records.at(-1)?.endOffset).toBe(Buffer.byteLength(text));
  });

  it('names a broken CSV record and reads its neighbours', async () => {
    const records = await read('a,b\n1,2\n1,2,3\n4,5\n', {});
    expect(records.filter(({ values }) => values)).toHaveLength(2);
    expect(records.find(({ problem }) => problem)).toMatchObject({
      line: 3,
      problem: expect.stringContaining('not CSV'),
    });
  });

  it('reads NDJSON, names lines that are no object, and skips blank ones', async () => {
    const records = await read('{"id":"a"}\n\n[1]\n{oops\n{"id":"b"}', { format: 'ndjson' });
    expect(records).toEqual([
      { line: 1, endOffset: 11, values: { id: 'a' } },
      { line: 3, endOffset: 16, problem: 'the line is not a JSON object' },
      { line: 4, endOffset: 22, problem: 'the line is not JSON' },
      { line: 5, endOffset: 32, values: { id: 'b' } },
    ]);
  });

  it('joins lines that are spread over chunks', async () => {
    const chunks = ['ab', 'c\r\nd', '', 'e', '\nf'].map((text) => Buffer.from(text));
    const lines: unknown[] = [];
    for await (const line of readLines(stream(chunks))) lines.push(line);
    expect(lines).toEqual([
      { number: 1, text: 'abc', endOffset: 5 },
      { number: 2, text: 'de', endOffset: 8 },
      { number: 3, text: 'f', endOffset: 9 },
    ]);
  });

  it('gives up on an endless line only', async () => {
    const chunks = [
      Buffer.alloc(900_000, 'a'),
      Buffer.alloc(900_000, 'a'),
      Buffer.from('\nnext\n'),
    ];
    const lines: (string | undefined)[] = [];
    for await (const { text } of readLines(stream(chunks))) lines.push(text);
    expect(lines).toEqual([undefined, 'next']);
  });
});

describe('the shipped purchases', () => {
  it('map to 6,919 orders of 2,357 customers worth 244,091.94 US dollars, each with an id of its own', async () => {
    const mapping = await readMapping(inPackage('apps/cli/data/cdnow/map.yaml'));
    const ordinals = new DerivedIds();
    const ids = new Set<unknown>();
    const customers = new Set<string>();
    let cents = 0;
    for await (const { values } of new DiskFile(
      inPackage('apps/cli/data/cdnow/CDNOW_sample.txt'),
    ).records(mapping)) {
      const mapped = mapRecord(mapping, values ?? {});
      if (!mapped.ok) throw new Error(mapped.problem.detail);
      const draft = ordinals.identify(mapped.value);
      const { data, identifiers } = draft as {
        data: { value: string };
        identifiers: { value: string }[];
      };
      ids.add(draft['id']);
      customers.add(identifiers[0]?.value ?? '');
      cents += Math.round(Number(data.value) * 100);
    }
    expect({ orders: ids.size, customers: customers.size, cents }).toEqual({
      orders: 6919,
      customers: 2357,
      cents: 24_409_194,
    });
  });
});

async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}
