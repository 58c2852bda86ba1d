import { Fault, isFault } from '#kernel';

/**
 * Gathers concurrent appends into sends. One send is in flight at a time, first come first served, so the order of a key is
 * the order of the calls. What waits is bounded (Fault `overloaded`), and so is the time (Fault `unavailable`, retriable).
 * When a part of an append fails, its remaining records are not sent: no later record of a call lands without an earlier one.
 */
export interface AccumulatorOptions<Item> {
  readonly send: (items: readonly Item[]) => Promise<void>;
  readonly bytesOf: (item: Item) => number;
  readonly sendItemsMax: number;
  readonly sendBytesMax: number;
  readonly waitingItemsMax: number;
  readonly waitingBytesMax: number;
  /** How long the first append of an idle log waits for company. */
  readonly lingerMs: number;
  /** An append not finished after this long fails. */
  readonly deadlineMs: number;
}

interface Append<Item> {
  readonly items: readonly Item[];
  readonly settle: (error?: Error) => void;
  taken: number;
  confirmed: number;
  isSettled: boolean;
}

interface Load<Item> {
  readonly items: Item[];
  /** How many items of each append travel. */
  readonly parts: { readonly append: Append<Item>; readonly count: number }[];
  bytes: number;
}

export class Accumulator<Item> {
  private queue: Append<Item>[] = [];
  private waitingItems = 0;
  private waitingBytes = 0;
  private pumping: Promise<void> | undefined;
  private endLinger: (() => void) | undefined;
  private isClosed = false;

  constructor(private readonly options: AccumulatorOptions<Item>) {}

  append(items: readonly Item[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    if (this.isClosed) return Promise.reject(new Fault('unavailable', 'the log is closed'));
    const bytes = this.sizeOf(items);
    const isBeyond =
      this.waitingItems + items.length > this.options.waitingItemsMax ||
      this.waitingBytes + bytes > this.options.waitingBytesMax;
    // A single append larger than the bound still goes through when nothing else waits.
    if (isBeyond && this.waitingItems > 0) {
      return Promise.reject(
        new Fault('overloaded', 'too many records wait for the event log', { retriable: true }),
      );
    }
    return this.enqueue(items, bytes);
  }

  /** Waits for what is under way; later appends are refused. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.endLinger?.();
    await this.pumping;
  }

  private enqueue(items: readonly Item[], bytes: number): Promise<void> {
    this.waitingItems += items.length;
    this.waitingBytes += bytes;
    return new Promise<void>((resolve, reject) => {
      const append: Append<Item> = {
        items,
        taken: 0,
        confirmed: 0,
        isSettled: false,
        settle: (error) => {
          if (append.isSettled) return;
          append.isSettled = true;
          clearTimeout(timer);
          this.waitingItems -= items.length;
          this.waitingBytes -= bytes;
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const timer = setTimeout(() => append.settle(tooLate()), this.options.deadlineMs);
      this.queue.push(append);
      if (this.isFull()) this.endLinger?.();
      this.pumping ??= this.pump();
    });
  }

  private async pump(): Promise<void> {
    await this.linger();
    for (;;) {
      const load = this.nextLoad();
      if (load.items.length === 0) {
        // In the same turn as the look at the queue: an append of the next turn starts a new pump.
        this.pumping = undefined;
        return;
      }
      await this.dispatch(load);
    }
  }

  private async dispatch(load: Load<Item>): Promise<void> {
    try {
      await this.options.send(load.items);
      for (const { append, count } of load.parts) {
        append.confirmed += count;
        if (append.confirmed === append.items.length) append.settle();
      }
    } catch (error) {
      const fault = asFault(error);
      for (const { append } of load.parts) append.settle(fault);
    }
  }

  private nextLoad(): Load<Item> {
    const load: Load<Item> = { items: [], parts: [], bytes: 0 };
    while (this.queue.length > 0) {
      const append = this.queue[0];
      if (append === undefined) break;
      if (append.isSettled || append.taken === append.items.length) {
        this.queue.shift();
        continue;
      }
      const count = this.takeInto(load, append);
      if (count === 0) break;
      load.parts.push({ append, count });
    }
    return load;
  }

  private takeInto(load: Load<Item>, append: Append<Item>): number {
    const start = append.taken;
    while (append.taken < append.items.length && load.items.length < this.options.sendItemsMax) {
      const item = append.items[append.taken] as Item;
      const bytes = this.options.bytesOf(item);
      if (load.items.length > 0 && load.bytes + bytes > this.options.sendBytesMax) break;
      load.items.push(item);
      load.bytes += bytes;
      append.taken += 1;
    }
    return append.taken - start;
  }

  private linger(): Promise<void> {
    if (this.options.lingerMs === 0 || this.isFull()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.options.lingerMs);
      this.endLinger = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private isFull(): boolean {
    return (
      this.waitingItems >= this.options.sendItemsMax ||
      this.waitingBytes >= this.options.sendBytesMax
    );
  }

  private sizeOf(items: readonly Item[]): number {
    return items.reduce((sum, item) => sum + this.options.bytesOf(item), 0);
  }
}

function tooLate(): Fault {
  return new Fault('unavailable', 'the event log did not take the records in time', {
    retriable: true,
  });
}

/** Whatever the client library threw: the log could not take the records. */
function asFault(error: unknown): Fault {
  if (isFault(error)) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Fault('unavailable', `the event log refused: ${detail}`, {
    retriable: true,
    cause: error,
  });
}
