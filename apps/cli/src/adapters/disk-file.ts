import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { type FileRecord, RecordFile } from '../application/ports.js';
import type { RecordValues } from '../domain/map-record.js';
import type { Mapping } from '../domain/mapping.js';
import { type Line, readLines } from './read-lines.js';

/** CSV, fixed-width text or NDJSON on disk, UTF-8. */
export class DiskFile extends RecordFile {
  constructor(private readonly path: string) {
    super();
  }

  async hash(): Promise<string> {
    const digest = createHash('sha256');
    for await (const chunk of createReadStream(this.path)) digest.update(chunk as Buffer);
    return digest.digest('hex');
  }

  async size(): Promise<number> {
    return (await stat(this.path)).size;
  }

  async *records(mapping: Mapping): AsyncIterable<FileRecord> {
    if (mapping.format === 'csv') {
      yield* this.csvRecords(mapping);
      return;
    }
    const read = mapping.format === 'ndjson' ? readJson : fixedWidthReader(mapping);
    for await (const line of readLines(createReadStream(this.path))) {
      if (line.text?.trim() !== '') yield readLine(line, read);
    }
  }

  private async *csvRecords({ columns, delimiter = ',' }: Mapping): AsyncIterable<FileRecord> {
    const problems: FileRecord[] = [];
    const parser = parse({
      bom: true,
      columns: Array.isArray(columns) ? [...columns] : true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      trim: true,
      on_skip: (error) => {
        const at = error as unknown as { lines?: number; bytes?: number } | undefined;
        problems.push({
          line: at?.lines ?? 0,
          endOffset: at?.bytes ?? 0,
          problem: `not CSV: ${(error as { code?: string } | undefined)?.code ?? 'unknown'}`,
        });
        return undefined;
      },
    });
    pipeline(createReadStream(this.path), parser, () => undefined);
    for await (const item of parser) {
      yield* problems.splice(0);
      const { record, info } = item as { record: RecordValues; info: Info };
      yield { line: info.lines, endOffset: info.bytes, values: record };
    }
    yield* problems.splice(0);
  }
}

function readLine(
  { number, text, endOffset }: Line,
  read: (text: string) => RecordValues,
): FileRecord {
  const place = { line: number, endOffset };
  if (text === undefined) return { ...place, problem: 'the line is longer than 1 MB' };
  try {
    return { ...place, values: read(text) };
  } catch (error) {
    return {
      ...place,
      problem: error instanceof Error ? error.message : 'the line cannot be read',
    };
  }
}

function readJson(text: string): RecordValues {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the line is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('the line is not a JSON object');
  }
  return value as RecordValues;
}

function fixedWidthReader({ columns = {} }: Mapping): (text: string) => RecordValues {
  const ranges = Object.entries(columns as Record<string, readonly [number, number]>);
  return (text) =>
    Object.fromEntries(ranges.map(([name, [first, last]]) => [name, text.slice(first - 1, last)]));
}
