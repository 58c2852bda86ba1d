import { Client } from 'pg';
import { backoffMs } from '../delivery.js';

const CHANNEL = 'touchline_log';

/**
 * LISTEN on one connection a process: wakes readers when records come and groups when members come or go. Only a hint — every
 * waiter also polls, so a lost connection costs latency, never records. It reconnects by itself.
 */
export class WakeUp {
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;
  private failures = 0;
  private readonly listeners = new Set<(payload: string) => void>();

  constructor(private readonly url: string) {}

  /** `payload` is `topics:<id>,<id>` or `group:<name>`; returns how to stop listening. */
  listen(listener: (payload: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async start(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'touchline event log wake-up',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    client.on('notification', ({ payload }) => this.tell(payload ?? ''));
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    this.client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.failures = 0;
    } catch {
      this.lost(client);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.listeners.clear();
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private lost(client: Client): void {
    if (this.isClosed || this.client !== client) return;
    this.client = undefined;
    this.failures += 1;
    void client.end().catch(() => undefined); // it is broken already; nothing to wait for
    this.retry = setTimeout(() => void this.start(), backoffMs(this.failures)); // start() never rejects
    this.retry.unref();
  }

  private tell(payload: string): void {
    for (const listener of this.listeners) listener(payload);
  }
}

/** A flag that a waiter resets when it starts to look, so that a wake-up between the look and the wait is not lost. */
export class Bell {
  private hasRung = false;
  private onRing: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.onRing?.();
  }

  reset(): void {
    this.hasRung = false;
  }

  /** Resolves at the next ring since `reset`, or after `spanMs`. One waiter at a time. */
  wait(spanMs: number): Promise<void> {
    if (this.hasRung) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.onRing?.(), spanMs);
      this.onRing = () => {
        clearTimeout(timer);
        this.onRing = undefined;
        resolve();
      };
    });
  }
}
