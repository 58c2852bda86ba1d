import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { connectClient } from '../connection.js';
import { messageOf } from '../sql-errors.js';
import type { RelayActivity, StorageOptions } from '../storage.js';
import type { DeadLetterScreen } from '../unit-of-work.js';
import { OutboxSender } from './outbox-sender.js';
import type { OutboxSignal } from './outbox-signal.js';
import { outboxChannel } from './outbox-signal.js';
import { WakeableSleep } from './wakeable-sleep.js';

/** NOTIFY may be lost and other processes may die between commit and NOTIFY: look at least this often. */
const POLL_MS = 1_000;
const ELECTION_POLL_MS = 500;
/** The longest that an append of the leader before may still be under way (`EventLog.append` gives up within 5 s). */
const REQUEST_TIMEOUT_MS = 5_000;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/**
 * Sends the outbox of one schema to the log. One relay a schema: whoever holds the advisory lock on the very connection that
 * reads and deletes; a lost connection is a lost lease, and every send follows a read on it. Rows go in id order, one append
 * at a time, and are deleted afterwards: a crash in between repeats records (same `ce_id`), it never loses or reorders them.
 * Rejected: `WHERE id > last sent`; ids become visible out of order, so late commits would be skipped for ever.
 */
export class Relay {
  private readonly logger: Logger;
  private readonly pause = new WakeableSleep();
  private running: Promise<void> | undefined;
  private isStopping = false;
  private lastError: string | undefined;
  private isLeading = false;
  private batches = 0;
  private failures = 0;
  private backoffMs = BACKOFF_MIN_MS;

  constructor(
    private readonly options: StorageOptions,
    private readonly signal: OutboxSignal,
    private readonly screen: DeadLetterScreen,
  ) {
    this.logger = new Logger(`relay ${options.schema}`);
  }

  start(): void {
    this.running ??= this.serve();
  }

  /** Waits for the append under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.pause.wake();
    await this.running;
  }

  error(): string | undefined {
    return this.lastError;
  }

  activity(): RelayActivity {
    const { isLeading, batches, failures } = this;
    return { isLeading, batches, failures };
  }

  private async serve(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.serveTerm();
      } catch (error) {
        this.report(error);
        await this.pause.sleep(this.backoffMs);
        this.backoffMs = Math.min(this.backoffMs * 2, BACKOFF_MAX_MS);
      }
    }
  }

  /** One term of leadership: ends with an error (the connection is given up, another may lead) or with `stop`. */
  private async serveTerm(): Promise<void> {
    const client = await connectClient(this.options, 'relay');
    try {
      if (!(await this.isElected(client))) return;
      await this.listen(client);
      this.signal.setLeader(() => this.pause.wake());
      this.isLeading = true;
      const sender = new OutboxSender(client, { ...this.options, screen: this.screen });
      while (!this.isStopping) {
        const sent = await sender.sendNext();
        this.recovered();
        this.batches += sent;
        if (sent === 0) await this.pause.sleep(POLL_MS);
      }
    } finally {
      this.isLeading = false;
      this.signal.setLeader(undefined);
      await client.end().catch(() => undefined);
    }
  }

  /** Waits for the lock; whoever takes it over from another holder first waits until that one's last request is over. */
  private async isElected(client: pg.Client): Promise<boolean> {
    let isTakeOver = false;
    while (!this.isStopping) {
      const result = await client.query<{ elected: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS elected',
        [`relay ${this.options.schema}`],
      );
      if (result.rows[0]?.elected) {
        if (isTakeOver) await this.pause.sleepThrough(REQUEST_TIMEOUT_MS, () => this.isStopping);
        return !this.isStopping;
      }
      isTakeOver = true;
      await this.pause.sleep(ELECTION_POLL_MS);
    }
    return false;
  }

  private async listen(client: pg.Client): Promise<void> {
    client.on('notification', () => this.pause.wake());
    client.on('end', () => this.pause.wake());
    // A delete that is lost in a crash only repeats records: no fsync for it.
    await client.query(
      `SET synchronous_commit = off; LISTEN ${outboxChannel(this.options.schema)}`,
    );
  }

  private report(error: unknown): void {
    const message = messageOf(error);
    this.failures += 1;
    if (message !== this.lastError) this.logger.warn(`the outbox waits: ${message}`);
    this.lastError = message;
  }

  private recovered(): void {
    if (this.lastError !== undefined) this.logger.log('the outbox flows again');
    this.lastError = undefined;
    this.backoffMs = BACKOFF_MIN_MS;
  }
}
