import { formatInstant, HEADER, splitRecordKey } from '#contracts';
import { Fault } from '#kernel';
import type { DeadLetters, StoredDeadLetter } from '#storage';

export interface DeadLetterView {
  readonly id: number;
  /** Who could not handle it: a consumer group, or `outbox` for what the log refused. */
  readonly group: string;
  readonly code: string;
  readonly detail: string;
  readonly storedAt: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of the record, base64; null when it was a tombstone. */
  readonly value: string | null;
}

export interface DeadLetterPage {
  readonly items: readonly DeadLetterView[];
  readonly next: string | null;
}

/** Records that could not be handled, with bytes, cause and position. */
export class ReadDeadLetters {
  constructor(private readonly deadLetters: DeadLetters) {}

  /** A page looks at `limit` letters of all tenants, so it may show fewer, and still have a next one. */
  async execute(query: {
    readonly tenant: string;
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<DeadLetterPage> {
    const { tenant, cursor, limit } = query;
    const before = readCursor(cursor);
    const found = await this.deadLetters.list({
      limit,
      ...(before === undefined ? {} : { before }),
    });
    const last = found.length === limit ? found.at(-1) : undefined;
    return {
      items: found.filter((letter) => isOf(letter, tenant)).map(view),
      next: last ? String(last.id) : null,
    };
  }
}

/** By header, else by key: a record that cannot be read may have lost one of them. */
export function isOf({ record }: StoredDeadLetter, tenant: string): boolean {
  return (record.headers[HEADER.tenant] ?? splitRecordKey(record.key)[0]) === tenant;
}

function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new Fault('invalid-parameter', 'cursor: use the `next` of the page before, unchanged.');
}

function view({ id, group, code, detail, storedAt, record }: StoredDeadLetter): DeadLetterView {
  const { topic, partition, offset, key, headers, value } = record;
  return {
    id,
    group,
    code,
    detail,
    storedAt: formatInstant(storedAt),
    topic,
    partition,
    offset,
    key,
    headers,
    value: value?.toString('base64') ?? null,
  };
}
