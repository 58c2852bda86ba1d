import { createRequire } from 'node:module';

/**
 * A connection of kafkajs looks for requests that wait, and after each look asks for the next: with nothing waiting after a
 * negative time, which Node takes for 1 ms and warns of. So every connection that was used once woke its process about 700
 * times a second for as long as it was open (kafkajs issues 1704 and 1751, open in 2.2.4). Here a look is asked for only while
 * something waits: who lets a request wait asks for one, and so does a look that leaves some waiting.
 */
export interface KafkajsQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: ReturnType<typeof setTimeout> | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** As kafkajs: how long until the next look at requests that wait for an answer to others. */
const LOOK_AGAIN_MS = 10;

/** Once a process, before anything is sent; as often as you like. */
export function letKafkajsRest(): void {
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as {
    readonly prototype: KafkajsQueue;
  };
  if (typeof prototype.scheduleCheckPendingRequests !== 'function')
    throw new Error('kafkajs is another version than the one whose queue is known');
  prototype.scheduleCheckPendingRequests = lookWhileSomethingWaits;
}

function lookWhileSomethingWaits(this: KafkajsQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : LOOK_AGAIN_MS,
  );
}
