import { HEADER, recordKey } from '#contracts';
import { partitionName } from '#event-log';
import type { LogReader, LogRecord, PartitionRange, Positions } from '#event-log';

export const TOPICS = ['touchline.kpi.updated.v1', 'touchline.kpi.corrected.v1'];
const PARTITIONS = 2;

/** A log in memory: what readers of it get, and when, is for the test to say. */
export class ArrayLog {
  private readonly partitions = new Map<string, LogRecord[]>();
  private readonly waiting = new Set<() => void>();
  private isClosed = false;

  constructor() {
    for (const topic of TOPICS)
      for (let partition = 0; partition < PARTITIONS; partition++)
        this.partitions.set(partitionName({ topic, partition }), []);
  }

  append({ tenant, place, text }: { tenant: string; place: number; text: string }): LogRecord {
    const topic = TOPICS[place % TOPICS.length] ?? '';
    const partition = Math.floor(place / TOPICS.length) % PARTITIONS;
    const records = this.partitions.get(partitionName({ topic, partition })) ?? [];
    const record: LogRecord = {
      topic,
      partition,
      offset: records.length,
      appendedAt: 0,
      key: recordKey(tenant, text),
      headers: { [HEADER.tenant]: tenant, [HEADER.id]: text },
      value: Buffer.from('{}'),
    };
    records.push(record);
    this.wake();
    return record;
  }

  reader(recordsMax: number): LogReader {
    return {
      ranges: async () => this.ranges(),
      fetch: async (positions) => {
        if (!this.isBehind(positions)) await this.woken();
        return this.page(positions, recordsMax);
      },
      close: async () => undefined,
    };
  }

  /** Readers at the end come back with nothing. */
  close(): void {
    this.isClosed = true;
    this.wake();
  }

  private ranges(): PartitionRange[] {
    return [...this.partitions].map(([name, records]) => {
      const [topic = '', partition] = name.split(' ');
      return { topic, partition: Number(partition), earliest: 0, next: records.length };
    });
  }

  private isBehind(positions: Positions): boolean {
    return [...positions].some(
      ([name, { next }]) => next < (this.partitions.get(name)?.length ?? 0),
    );
  }

  private page(positions: Positions, recordsMax: number) {
    const records: LogRecord[] = [];
    const after = new Map(positions);
    for (const [name, at] of positions) {
      const own = this.partitions.get(name)?.slice(at.next, at.next + recordsMax) ?? [];
      records.push(...own);
      after.set(name, { ...at, next: at.next + own.length });
    }
    return { records, after };
  }

  private async woken(): Promise<void> {
    if (this.isClosed) return new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
