import { inTime } from './in-time.js';

/** Scrapes closer together than this share a reading: /metrics is open to whoever reaches the port. */
const REST_MS = 2_000;
/** Well below a scrape's timeout: one database that hangs must not hide what the process knows by itself. */
const WAIT_MS = 2_000;

/** What a scrape asks of a database or the log: rarely, never twice at once, and never for long. */
export class Reading<Value> {
  private last: Promise<Value> | undefined;
  private readAt = -Infinity;
  private isRunning = false;

  constructor(private readonly read: () => Promise<Value>) {}

  /** Throws what the reading threw, or that it took too long. */
  value(): Promise<Value> {
    const now = performance.now();
    const isFresh = this.isRunning || now - this.readAt < REST_MS;
    if (this.last === undefined || !isFresh) {
      this.readAt = now;
      this.last = this.run();
    }
    return inTime(this.last, WAIT_MS);
  }

  private async run(): Promise<Value> {
    this.isRunning = true;
    try {
      return await this.read();
    } finally {
      this.isRunning = false;
    }
  }
}
