import type { SubscribeOptions, SubscriptionState } from './event-log.js';

/** The life of a subscription: starting → running → stopped, or failed for good. Keeps the promise that `ready()` returns. */
export class SubscriptionStatus {
  private current: SubscriptionState = { status: 'starting' };
  private readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(private readonly onFailure: SubscribeOptions['onFailure']) {}

  state(): SubscriptionState {
    return this.current;
  }

  isOver(): boolean {
    return this.current.status === 'failed' || this.current.status === 'stopped';
  }

  ready(): Promise<void> {
    if (this.current.status === 'running') return Promise.resolve();
    if (this.isOver()) return Promise.reject(this.reason());
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  running(): void {
    if (this.current.status !== 'starting') return;
    this.current = { status: 'running' };
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** Final. Later failures and stops change nothing. */
  fail(cause: unknown): void {
    if (this.isOver()) return;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.current = { status: 'failed', error };
    for (const { reject } of this.waiting.splice(0)) reject(error);
    this.onFailure?.(error);
  }

  stopped(): void {
    if (this.isOver()) return;
    this.current = { status: 'stopped' };
    for (const { reject } of this.waiting.splice(0)) reject(this.reason());
  }

  private reason(): Error {
    return this.current.status === 'failed'
      ? this.current.error
      : new Error('stopped before ready');
  }
}
