import type pg from 'pg';
import type { LogRecord, OutgoingRecord, PartitionRange } from '../event-log.js';

/** A partition with its row's id beside its name, and the offset wanted next. */
export interface Position {
  readonly topicId: number;
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

export interface Page {
  readonly records: readonly LogRecord[];
  /** Of each position, in order: what the log held when the page was read. */
  readonly ranges: readonly PartitionRange[];
}

export interface RoutedRecord extends OutgoingRecord {
  readonly topicId: number;
  readonly partition: number;
  readonly keyBytes: Buffer;
  readonly headerBytes: Buffer;
}

const RANGES = `
  SELECT p.earliest, p.next_offset AS "next"
  FROM unnest($1::int[], $2::int[]) WITH ORDINALITY AS held(topic_id, partition, place)
  JOIN log.partition AS p USING (topic_id, partition) ORDER BY held.place`;

// Range and records in one statement, hence one snapshot: retention cannot open a gap between the two.
const READ = `
  SELECT held.place, p.earliest, p.next_offset AS "next", r.record_offset AS "offset",
         r.appended_at AS "appendedAt", r.key, r.headers, r.value
  FROM unnest($1::int[], $2::int[], $3::bigint[], $4::int[])
    WITH ORDINALITY AS held(topic_id, partition, wanted, take, place)
  JOIN log.partition AS p ON p.topic_id = held.topic_id AND p.partition = held.partition
  LEFT JOIN LATERAL (
    SELECT * FROM log.record AS s
    WHERE s.topic_id = held.topic_id AND s.partition = held.partition AND s.record_offset >= held.wanted
    ORDER BY s.record_offset LIMIT held.take
  ) AS r ON true
  ORDER BY held.place, r.record_offset`;

interface ReadRow {
  readonly place: number;
  readonly earliest: number;
  readonly next: number;
  readonly offset: number | null;
  readonly appendedAt: number;
  readonly key: Buffer;
  readonly headers: Buffer;
  readonly value: Buffer | null;
}

export async function appendRecords(
  pool: pg.Pool,
  records: readonly RoutedRecord[],
  at: number,
): Promise<void> {
  const bytes = records.flatMap((each) => [
    each.keyBytes,
    each.headerBytes,
    ...(each.value === null ? [] : [each.value]),
  ]);
  await pool.query('SELECT log.append($1, $2, $3, $4, $5, $6, $7)', [
    records.map(({ topicId }) => topicId),
    records.map(({ partition }) => partition),
    records.map(({ keyBytes }) => keyBytes.length),
    records.map(({ headerBytes }) => headerBytes.length),
    records.map(({ value }) => (value === null ? null : value.length)),
    Buffer.concat(bytes),
    at,
  ]);
}

export async function readRanges(
  pool: pg.Pool,
  positions: readonly Omit<Position, 'next'>[],
): Promise<readonly PartitionRange[]> {
  const { rows } = await pool.query<{ earliest: number; next: number }>(RANGES, [
    positions.map(({ topicId }) => topicId),
    positions.map(({ partition }) => partition),
  ]);
  return rows.map(({ earliest, next }, index) => {
    const { topic, partition } = positionAt(positions, index);
    return { topic, partition, earliest, next };
  });
}

/** At most `takes[i]` records of each position, in offset order. */
export async function readPage(
  pool: pg.Pool,
  positions: readonly Position[],
  takes: readonly number[],
): Promise<Page> {
  const { rows } = await pool.query<ReadRow>(READ, [
    positions.map(({ topicId }) => topicId),
    positions.map(({ partition }) => partition),
    positions.map(({ next }) => next),
    takes,
  ]);
  const records: LogRecord[] = [];
  const ranges: PartitionRange[] = [];
  for (const row of rows) {
    const { topic, partition } = positionAt(positions, row.place - 1);
    ranges[row.place - 1] ??= { topic, partition, earliest: row.earliest, next: row.next };
    if (row.offset !== null) records.push(toRecord(row, row.offset, { topic, partition }));
  }
  return { records, ranges };
}

function toRecord(
  row: ReadRow,
  offset: number,
  at: { readonly topic: string; readonly partition: number },
): LogRecord {
  return {
    topic: at.topic,
    partition: at.partition,
    offset,
    appendedAt: row.appendedAt,
    key: row.key.toString('utf8'),
    headers: JSON.parse(row.headers.toString('utf8')) as Record<string, string>,
    value: row.value,
  };
}

function positionAt<Entry>(positions: readonly Entry[], index: number): Entry {
  const position = positions[index];
  if (position === undefined)
    throw new Error('the log answered for a partition that nobody asked for');
  return position;
}
