import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Fault } from '#kernel';
import { EventLog } from '../event-log.js';
import type { RecordBatch, SubscribeOptions, Subscription } from '../event-log.js';
import { BatchHandler } from './batch-handler.js';
import { EventLogTransport } from './event-log.transport.js';
import { BatchHandlers } from './batch-handlers.js';
import { OffsetStores } from './offset-stores.js';

const BATCH: RecordBatch = { group: 'identity', incarnation: 'log-1', records: [] };

/** Records the subscriptions, so that a test can hand batches over itself. */
class ManualLog extends EventLog {
  readonly subscriptions: SubscribeOptions[] = [];
  stopped = 0;

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.subscriptions.push(options);
    return {
      state: () => ({ status: 'running' }),
      ready: async () => undefined,
      lags: async () => [{ topic: 'touchline.a', partition: 0, records: 7 }],
      stop: async () => void (this.stopped += 1),
    };
  }

  incarnation = async (): Promise<string> => 'log-1';
  ensureTopics = unused;
  append = unused;
  read = unused;
  follow = unused;
  reader = unused;
  ranges = unused;
  members = unused;
  describe = unused;
  close = unused;
}

function unused(): Promise<never> {
  throw new Error('not used here');
}

@Injectable()
class Handled {
  readonly batches: RecordBatch[] = [];
  error: unknown;
}

@Controller()
class IdentityConsumer {
  constructor(private readonly handled: Handled) {}

  @BatchHandler({
    group: 'identity',
    topics: ['touchline.a', 'touchline.b'],
    batchSizeMax: 50,
    gatherMs: 3,
  })
  async onBatch(batch: RecordBatch): Promise<void> {
    if (this.handled.error !== undefined) throw this.handled.error;
    this.handled.batches.push(batch);
  }
}

@Controller()
class SecondConsumer {
  @BatchHandler({ group: 'identity', topics: ['touchline.c'] })
  async onBatch(): Promise<void> {}
}

@Module({ controllers: [IdentityConsumer], providers: [Handled] })
class OneConsumer {}

@Module({ controllers: [IdentityConsumer, SecondConsumer], providers: [Handled] })
class TwoConsumers {}

describe('the event log transport', () => {
  let app: INestMicroservice | undefined;
  afterEach(() => app?.close());

  async function started(module: object = OneConsumer) {
    const log = new ManualLog();
    const offsetStores = new OffsetStores();
    const handlers = new BatchHandlers();
    const transport = new EventLogTransport(log, { offsetStores, handlers });
    const testing = await Test.createTestingModule({
      imports: [module as typeof OneConsumer],
    }).compile();
    app = testing.createNestMicroservice({ strategy: transport, logger: false });
    await app.listen();
    return {
      log,
      offsetStores,
      handlers,
      transport,
      handled: app.get(Handled),
      subscription: log.subscriptions[0],
    };
  }

  it('subscribes each handler with its options and hands it whole batches', async () => {
    const { subscription, handled } = await started();
    expect(subscription).toMatchObject({
      group: 'identity',
      topics: ['touchline.a', 'touchline.b'],
      batchSizeMax: 50,
      gatherMs: 3,
    });
    await subscription?.onBatch(BATCH);
    expect(handled.batches).toEqual([BATCH]);
  });

  it('keeps the handler of each group for what comes again by another way', async () => {
    const { handlers, handled } = await started();
    const again: RecordBatch = { ...BATCH, redelivers: 7 };
    await handlers.of('identity')?.(again);
    expect(handled.batches).toEqual([again]);
    expect(handlers.of('journey')).toBeUndefined();
  });

  it.each([new TypeError('t'), new Fault('unavailable', 'away', { retriable: true })])(
    'gives the log the very error that a handler threw: %s',
    async (error) => {
      const { subscription, handled } = await started();
      handled.error = error;
      await expect(subscription?.onBatch(BATCH)).rejects.toBe(error);
    },
  );

  it('asks the registered offset store where to start; without one it fails rather than guess', async () => {
    const { subscription, offsetStores } = await started();
    const partitions = [{ topic: 'touchline.a', partition: 0 }];
    await expect(subscription?.startAt(partitions, 'log-1')).rejects.toMatchObject({
      code: 'internal',
      isRetriable: false,
    });
    offsetStores.register('identity', async (asked, incarnation) =>
      asked.map(() => incarnation.length),
    );
    expect(await subscription?.startAt(partitions, 'log-1')).toEqual([5]);
  });

  it('tells of failed subscriptions: the process has to end', async () => {
    const { subscription, transport } = await started();
    const told: unknown[] = [];
    transport.onFailure((failure) => told.push(failure));
    expect(transport.failures()).toEqual([]);
    const error = new Fault('offset-out-of-range', 'gone');
    subscription?.onFailure?.(error);
    expect(transport.failures()).toEqual([{ group: 'identity', error }]);
    expect(told).toEqual([{ group: 'identity', error }]);
  });

  it('shows states and lags, and stops its subscriptions when the app closes', async () => {
    const { log, transport } = await started();
    expect(transport.states()).toEqual([{ group: 'identity', state: { status: 'running' } }]);
    expect(await transport.lags()).toEqual([
      { group: 'identity', topic: 'touchline.a', partition: 0, records: 7 },
    ]);
    await app?.close();
    app = undefined;
    expect(log.stopped).toBe(1);
  });

  it('refuses two handlers of one group: they would take each other’s partitions', async () => {
    await expect(started(TwoConsumers)).rejects.toThrow('two handlers');
  });
});
