import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { letKafkajsRest } from './kafkajs-queue.js';
import type { KafkajsQueue } from './kafkajs-queue.js';

interface Pushed {
  readonly entry: { readonly correlationId: number };
  readonly expectResponse: boolean;
  readonly sendRequest: () => void;
}

interface Queue extends KafkajsQueue {
  push(request: Pushed): void;
  fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
  maybeThrottle(ms: number): void;
}

const load = createRequire(import.meta.url);
const RequestQueue = load('kafkajs/src/network/requestQueue/index.js') as {
  new (options: object): Queue;
  readonly prototype: KafkajsQueue;
};
const asKafkajsHasIt = RequestQueue.prototype.scheduleCheckPendingRequests;

type Step =
  | { readonly kind: 'push' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'throttle'; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number };

const anyMs = fc.integer({ min: 1, max: 40 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'push' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'answer' }) },
  anyMs.map((ms): Step => ({ kind: 'throttle', ms })),
  { weight: 2, arbitrary: anyMs.map((ms): Step => ({ kind: 'wait', ms })) },
);

/** A connection whose broker answers when told to. */
class Connection {
  /** What was sent, and when. */
  readonly sent: { readonly id: number; readonly at: number }[] = [];
  private readonly unanswered: number[] = [];
  private ids = 0;
  private readonly queue: Queue;

  constructor(maxInFlightRequests: number) {
    const logger = { debug: () => undefined, warn: () => undefined };
    this.queue = new RequestQueue({ maxInFlightRequests, requestTimeout: 1_000, logger });
  }

  take(step: Step): void {
    if (step.kind === 'push') this.push(this.ids++);
    else if (step.kind === 'answer') this.answer();
    else if (step.kind === 'throttle') this.queue.maybeThrottle(step.ms);
    else jest.advanceTimersByTime(step.ms);
  }

  answerAll(): void {
    for (let round = 0; round <= this.ids; round++) {
      jest.advanceTimersByTime(100);
      while (this.unanswered.length > 0) this.answer();
    }
  }

  private push(id: number): void {
    const sendRequest = (): void => {
      this.sent.push({ id, at: Date.now() });
      this.unanswered.push(id);
    };
    const settled = { resolve: () => undefined, reject: () => undefined };
    const entry = { correlationId: id, ...settled };
    this.queue.push({ entry, expectResponse: true, sendRequest });
  }

  private answer(): void {
    const correlationId = this.unanswered.shift();
    if (correlationId === undefined) return;
    this.queue.fulfillRequest({ correlationId, payload: Buffer.of(), size: 0 });
  }
}

function sentBy(steps: readonly Step[], limit: number): Connection['sent'] {
  jest.setSystemTime(0);
  const connection = new Connection(limit);
  for (const step of steps) connection.take(step);
  connection.answerAll();
  jest.clearAllTimers();
  return connection.sent;
}

describe('requests of kafkajs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    letKafkajsRest();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('leave nothing that wakes the process once all are answered', () => {
    const connection = new Connection(2);
    for (const kind of ['push', 'push', 'push', 'answer', 'answer', 'answer'] as const)
      connection.take({ kind });
    jest.advanceTimersByTime(20);
    expect(connection.sent).toHaveLength(3);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('all go out, in the order of their asking', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, limit) => {
          const asked = steps.filter(({ kind }) => kind === 'push').length;
          expect(sentBy(steps, limit).map(({ id }) => id)).toEqual(
            Array.from({ length: asked }, (_, id) => id),
          );
        },
      ),
    );
  });

  it('go out no later than a look apart from when kafkajs itself sends them', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, limit) => {
          const ours = sentBy(steps, limit);
          RequestQueue.prototype.scheduleCheckPendingRequests = asKafkajsHasIt;
          const theirs = sentBy(steps, limit);
          letKafkajsRest();
          expect(ours.map(({ id }) => id)).toEqual(theirs.map(({ id }) => id));
          ours.forEach(({ at }, index) =>
            expect(at - (theirs[index]?.at ?? 0)).toBeLessThanOrEqual(10),
          );
        },
      ),
    );
  });
});
