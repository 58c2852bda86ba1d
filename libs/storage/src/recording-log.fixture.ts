import { Fault } from '#kernel';
import { EventLog } from '#event-log';
import type {
  Following,
  LogReader,
  LogRecord,
  OutgoingRecord,
  PartitionRange,
  Subscription,
} from '#event-log';

/** As the real logs: a record beyond it refuses the whole append. */
const BYTES_MAX = 1_000_000;

/** Takes appends and fails, stalls or counts them on demand. What a real log does to the relay, without its races. */
export class RecordingLog extends EventLog {
  readonly appended: OutgoingRecord[] = [];
  appends = 0;
  /** Awaited before every append. */
  beforeAppend: () => Promise<void> = () => Promise.resolve();

  keys(): string[] {
    return this.appended.map((record) => record.key);
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    this.appends++;
    await this.beforeAppend();
    if (records.some(({ value }) => (value?.length ?? 0) > BYTES_MAX))
      throw new Fault('too-large', `the log takes ${BYTES_MAX}`);
    this.appended.push(...records);
  }

  async incarnation(): Promise<string> {
    return 'log-1';
  }
  async members(): Promise<number> {
    return unused();
  }
  async ensureTopics(): Promise<void> {}
  async subscribe(): Promise<Subscription> {
    return unused();
  }
  async read(): Promise<readonly LogRecord[]> {
    return unused();
  }
  async follow(): Promise<Following> {
    return unused();
  }
  async reader(): Promise<LogReader> {
    return unused();
  }
  async ranges(): Promise<readonly PartitionRange[]> {
    return unused();
  }
  async describe(): Promise<string> {
    return 'recording';
  }
  async close(): Promise<void> {}
}

function unused(): never {
  throw new Fault('internal', 'the relay only appends');
}
