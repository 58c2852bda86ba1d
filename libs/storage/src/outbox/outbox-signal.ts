import type { TransactionRunner } from '../transaction-runner.js';

export function outboxChannel(schema: string): string {
  return `outbox_${schema}`;
}

/**
 * Tells the relay that there is something to send: directly when it runs in this process, else by NOTIFY.
 * NOTIFY goes out after the commit, alone: inside it, a database-wide lock would make all commits queue for their fsync
 * one by one. Losing one costs the relay's poll interval.
 */
export class OutboxSignal {
  private wake: (() => void) | undefined;
  private isNotifying = false;
  private isWanted = false;

  constructor(
    private readonly runner: TransactionRunner,
    private readonly schema: string,
  ) {}

  /** The relay of this process leads (`wake`) or no longer does (`undefined`). */
  setLeader(wake: (() => void) | undefined): void {
    this.wake = wake;
  }

  written(): void {
    if (this.wake) this.wake();
    else if (this.isNotifying) this.isWanted = true;
    else void this.notify(); // Nobody waits for it: it only shortens the relay's sleep.
  }

  private async notify(): Promise<void> {
    this.isNotifying = true;
    try {
      do {
        this.isWanted = false;
        await this.runner.read(`SELECT pg_notify($1, '')`, [outboxChannel(this.schema)]);
      } while (this.isWanted);
    } catch {
      // The relay polls.
    } finally {
      this.isNotifying = false;
    }
  }
}
