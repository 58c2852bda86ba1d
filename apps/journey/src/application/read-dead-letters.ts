import { formatInstant, HEADER, splitRecordKey } from '#contracts';
import type { DeadLetters, StoredDeadLetter } from '#storage';
import { decodeCursor, encodeCursor } from './cursor.js';
import type { Page } from './read-facts.js';

export interface DeadLetterView {
  readonly id: number;
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

/** Records that could not be read, with bytes, cause and position. */
export class ReadDeadLetters {
  constructor(private readonly deadLetters: DeadLetters) {}

  /** A page looks at `limit` letters of all tenants, so it may show fewer, and still have a next one. */
  async execute(query: {
    readonly tenant: string;
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<Page<DeadLetterView>> {
    const { tenant, cursor, limit } = query;
    const before = decodeCursor(cursor, 0)?.[0];
    const found = await this.deadLetters.list({
      limit,
      ...(before === undefined ? {} : { before }),
    });
    const last = found.length === limit ? found.at(-1) : undefined;
    return {
      items: found.filter((letter) => isOf(letter, tenant)).map(view),
      next: last ? encodeCursor(last.id) : null,
    };
  }
}

/** By header, else by key: a record that cannot be read may have lost one of them. */
export function isOf({ record }: StoredDeadLetter, tenant: string): boolean {
  return (record.headers[HEADER.tenant] ?? splitRecordKey(record.key)[0]) === tenant;
}

function view({ id, code, detail, storedAt, record }: StoredDeadLetter): DeadLetterView {
  const { topic, partition, offset, key, headers, value } = record;
  return {
    id,
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
