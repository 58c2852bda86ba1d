import { deliver, pause } from '../delivery.js';
import type { LogRecord, RecordBatch, SubscribeOptions } from '../event-log.js';
import { fairShares } from '../shares.js';

/**
 * Makes one batch of what several partitions offer at the same time. kafkajs hands over one partition a call, many calls at
 * once; each call offers its records here and waits until the last of them was handled, which is the back-pressure. One
 * batch runs at a time; a handler that throws gets the same batch again.
 */
export interface GathererOptions extends Pick<SubscribeOptions, 'onBatch' | 'onRetry'> {
  readonly batchSizeMax: number;
  readonly gatherMs: number;
  readonly toBatch: (records: readonly LogRecord[]) => RecordBatch;
}

interface Offer {
  readonly records: readonly LogRecord[];
  handled: number;
  readonly onProgress: (next: number) => void;
  readonly settle: (isHandled: boolean) => void;
}

export class Gatherer {
  private offers: Offer[] = [];
  private running: Promise<void> | undefined;
  private endGathering: (() => void) | undefined;
  private released = new AbortController();

  constructor(private readonly options: GathererOptions) {}

  /**
   * Resolves when every record was handled (true), or the offer was withdrawn by `release` (false). `onProgress` is told the
   * offset after the last record handled, batch by batch.
   */
  offer(records: readonly LogRecord[], onProgress: (next: number) => void): Promise<boolean> {
    if (records.length === 0) return Promise.resolve(true);
    return new Promise((settle) => {
      this.offers.push({ records, handled: 0, onProgress, settle });
      if (this.waiting() >= this.options.batchSizeMax) this.endGathering?.();
      this.running ??= this.run();
    });
  }

  /** Withdraws every offer: partitions are being taken away. The running handler is awaited, its retries end. */
  async release(): Promise<void> {
    this.released.abort();
    this.endGathering?.();
    await this.running;
    this.released = new AbortController();
  }

  private async run(): Promise<void> {
    const { signal } = this.released;
    while (this.offers.length > 0 && !signal.aborted) {
      await this.gather(signal);
      await this.handOver(signal);
    }
    // In the same turn as the look at the offers, as in the accumulator.
    this.running = undefined;
    if (signal.aborted) for (const offer of this.offers.splice(0)) offer.settle(false);
  }

  private async gather(signal: AbortSignal): Promise<void> {
    if (this.options.gatherMs === 0 || this.waiting() >= this.options.batchSizeMax) return;
    const enough = new AbortController();
    this.endGathering = () => enough.abort();
    await pause(this.options.gatherMs, AbortSignal.any([signal, enough.signal]));
    this.endGathering = undefined;
  }

  private async handOver(signal: AbortSignal): Promise<void> {
    const offers = [...this.offers];
    const shares = fairShares(
      offers.map(({ records, handled }) => records.length - handled),
      this.options.batchSizeMax,
    );
    const records = offers.flatMap((offer, index) =>
      offer.records.slice(offer.handled, offer.handled + (shares[index] ?? 0)),
    );
    const isTaken = await deliver(this.options.toBatch(records), { ...this.options, signal });
    if (isTaken) offers.forEach((offer, index) => this.progress(offer, shares[index] ?? 0));
  }

  private progress(offer: Offer, handled: number): void {
    if (handled === 0) return;
    offer.handled += handled;
    const last = offer.records[offer.handled - 1];
    if (last !== undefined) offer.onProgress(last.offset + 1);
    if (offer.handled < offer.records.length) return;
    this.offers.splice(this.offers.indexOf(offer), 1);
    offer.settle(true);
  }

  private waiting(): number {
    return this.offers.reduce((sum, { records, handled }) => sum + records.length - handled, 0);
  }
}
