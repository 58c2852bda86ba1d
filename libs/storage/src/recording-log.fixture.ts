import { Fault } from '#kernel';
import { EventLog } from '#event-log';
import type {
  Following,
  LogRecord,
  OutgoingRecord,
  PartitionRange,
  Subscription,
} from '#event-log';

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
    this.appended.push(...records);
  }

  async incarnation(): Promise<string> {
    return 'log-1';
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
