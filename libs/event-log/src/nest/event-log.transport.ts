import { Injectable, Logger } from '@nestjs/common';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { Fault } from '#kernel';
import { EventLog } from '../event-log.js';
import type { PartitionLag, RecordBatch, Subscription, SubscriptionState } from '../event-log.js';
import type { BatchHandlerOptions } from './batch-handler.js';
import type { BatchHandlers } from './batch-handlers.js';
import type { OffsetStores } from './offset-stores.js';

export interface GroupFailure {
  readonly group: string;
  readonly error: Error;
}

export interface GroupLag extends PartitionLag {
  readonly group: string;
}

/** Traces and measures: told of each batch, never of each record. */
export interface WorkObserver {
  subscribed(group: string): void;
  /** Calls `work` once and passes on what it throws; resolved means that effect and offsets are stored. */
  around(batch: RecordBatch, work: () => Promise<void>): Promise<void>;
  retried(group: string): void;
  assigned(group: string): void;
}

/** What services and transport tell each other of a group. */
export interface GroupParts {
  readonly offsetStores: OffsetStores;
  readonly handlers: BatchHandlers;
}

interface GroupSubscription {
  readonly group: string;
  readonly subscription: Subscription;
}

/**
 * Feeds every `@BatchHandler` from the event log: `app.connectMicroservice({ strategy: transport })`, then
 * `startAllMicroservices`. A failed subscription is final: readiness shows `failures()`, the process exits by `onFailure`.
 */
@Injectable()
export class EventLogTransport extends Server implements CustomTransportStrategy {
  protected override readonly logger = new Logger('EventLogTransport');
  private subscriptions: GroupSubscription[] = [];
  private readonly failed: GroupFailure[] = [];
  private readonly listeners: ((failure: GroupFailure) => void)[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly groups: GroupParts,
    private readonly observer?: WorkObserver,
  ) {
    super();
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      for (const handler of this.messageHandlers.values()) await this.subscribe(handler);
      callback();
    } catch (error) {
      await this.close();
      callback(error);
    }
  }

  async close(): Promise<void> {
    const stopping = this.subscriptions.map(({ subscription }) => subscription.stop());
    this.subscriptions = [];
    await Promise.all(stopping);
  }

  /** Nest's hook for client libraries; the log has no events of its own beside failures. */
  on(): void {
    throw new Error('EventLogTransport has no events: use onFailure');
  }

  unwrap<T>(): T {
    return this.log as T;
  }

  /** Subscriptions that are dead for good, with the reason. Not empty = not ready. */
  failures(): readonly GroupFailure[] {
    return this.failed;
  }

  onFailure(listener: (failure: GroupFailure) => void): void {
    this.listeners.push(listener);
  }

  states(): readonly { readonly group: string; readonly state: SubscriptionState }[] {
    return this.subscriptions.map((each) => ({
      group: each.group,
      state: each.subscription.state(),
    }));
  }

  /** Records not yet handled, of each partition that the groups of this process hold. */
  async lags(): Promise<readonly GroupLag[]> {
    const lags = await Promise.all(
      this.subscriptions.map(async ({ group, subscription }) =>
        (await subscription.lags()).map((lag) => ({ group, ...lag })),
      ),
    );
    return lags.flat();
  }

  /** Resolves when every group has its first assignment. */
  async ready(): Promise<void> {
    await Promise.all(this.subscriptions.map(({ subscription }) => subscription.ready()));
  }

  private async subscribe(handler: MessageHandler): Promise<void> {
    const options = batchHandlerOf(handler);
    const { group } = options;
    this.observer?.subscribed(group);
    const onBatch = (batch: RecordBatch): Promise<void> => this.handle(handler, batch);
    this.groups.handlers.register(group, onBatch);
    const subscription = await this.log.subscribe({
      ...options,
      startAt: async (partitions, incarnation) =>
        this.groups.offsetStores.of(group)(partitions, incarnation),
      onBatch,
      onRetry: (error, attempt) => {
        this.observer?.retried(group);
        this.logger.warn({ group, attempt, err: error }, `${group}: trying again`);
      },
      onAssigned: () => this.observer?.assigned(group),
      onFailure: (error) => this.fail({ group, error }),
    });
    this.subscriptions.push({ group, subscription });
  }

  private handle(handler: MessageHandler, batch: RecordBatch): Promise<void> {
    const work = (): Promise<void> => handled(handler, batch);
    return this.observer === undefined ? work() : this.observer.around(batch, work);
  }

  private fail(failure: GroupFailure): void {
    this.failed.push(failure);
    this.logger.error(
      { group: failure.group, err: failure.error },
      `${failure.group}: subscription failed`,
    );
    for (const listener of this.listeners) listener(failure);
  }
}

async function handled(handler: MessageHandler, batch: RecordBatch): Promise<void> {
  const outcome: unknown = await handler(batch, new BaseRpcContext([batch]));
  if (isObservable(outcome)) await lastValueFrom(outcome, { defaultValue: undefined });
}

function batchHandlerOf(handler: MessageHandler): BatchHandlerOptions {
  const options = handler.extras?.['batchHandler'] as BatchHandlerOptions | undefined;
  if (options === undefined) {
    throw new Fault(
      'internal',
      'a message handler without @BatchHandler cannot be fed from the event log',
    );
  }
  if (handler.next !== undefined) {
    throw new Fault('internal', `group ${options.group} has two handlers in one process`);
  }
  return options;
}
