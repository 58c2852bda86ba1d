import { epochOf, HEADER } from '#contracts';
import type { EventLog, LogRecord, PartitionRange } from '#event-log';
import { keepNewest, type Told } from './told.js';

/** Records asked for at once. */
const PAGE = 500;
/** Keys held at once: the rest is settled first; a key that comes again is settled again. */
const KEYS_MAX = 20_000;

export interface Stretch extends PartitionRange {
  readonly from: number;
}

export interface ToldPortion {
  readonly told: readonly Told[];
  readonly records: number;
  /** Highest of its records; −1 without any. */
  readonly epoch: number;
}

/** Every key of a partition that was spoken of from `from` to the end that it had, in portions. */
export async function* readTold(
  log: Pick<EventLog, 'read'>,
  stretch: Stretch,
  tell: (record: LogRecord) => readonly Told[],
  keysMax = KEYS_MAX,
): AsyncGenerator<ToldPortion> {
  const newest = new Map<string, Told>();
  let records = 0;
  let epoch = -1;
  const portion = (): ToldPortion => {
    const done = { told: [...newest.values()], records, epoch };
    newest.clear();
    records = 0;
    return done;
  };
  for await (const page of pagesOf(log, stretch)) {
    for (const record of page) {
      keepNewest(newest, tell(record));
      epoch = Math.max(epoch, epochIn(record));
    }
    records += page.length;
    if (newest.size >= keysMax) yield portion();
  }
  yield portion();
}

export async function* pagesOf(
  log: Pick<EventLog, 'read'>,
  { topic, partition, from, next }: Stretch,
): AsyncGenerator<readonly LogRecord[]> {
  for (let at = from; at < next;) {
    const page = await log.read({ topic, partition, from: at, max: PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.filter(({ offset }) => offset < next);
    at = last.offset + 1;
  }
}

/** The newest records of a partition, one page at most: compaction may have left gaps before its end. */
export async function lastRecords(
  log: Pick<EventLog, 'read'>,
  { topic, partition, earliest, next }: PartitionRange,
): Promise<readonly LogRecord[]> {
  if (next === earliest) return [];
  for (let back = 1; ; back *= 16) {
    const from = Math.max(earliest, next - back);
    const found = await log.read({ topic, partition, from, max: PAGE });
    const before = found.filter(({ offset }) => offset < next);
    if (before.length > 0 || from === earliest) return before;
  }
}

export function epochIn({ headers }: Pick<LogRecord, 'headers'>): number {
  const revision = Number(headers[HEADER.revision]);
  return Number.isSafeInteger(revision) ? epochOf(revision) : -1;
}
