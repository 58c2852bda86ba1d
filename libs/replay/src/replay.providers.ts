import type { InjectionToken, Provider, Type } from '@nestjs/common';
import type { ServiceName } from '#contracts';
import { Clock } from '#kernel';
import { Metrics } from '#runtime';
import { UnitOfWork } from '#storage';
import { ReplayBook } from './replay-book.js';
import { replayControllerOf } from './replay.controller.js';
import { ReplayDesk } from './replay-desk.js';
import { ReplayMetrics } from './replay.metrics.js';
import { ReplayWorker } from './replay.worker.js';
import { Replaying } from './replaying.js';
import { RunReplays } from './run-replays.js';

export interface ReplayedService {
  readonly service: ServiceName;
  readonly replaying: {
    readonly inject: readonly InjectionToken[];
    readonly useFactory: (...parts: never[]) => Replaying;
  };
}

/** What a service module needs to be replayed: its HTTP door and metric, and `ReplayDesk`, `RunReplays`, `ReplayWorker`. */
export function replayParts({ service, replaying }: ReplayedService): {
  controller: Type;
  providers: Provider[];
} {
  const inject = [UnitOfWork, Replaying, Clock];
  const book = new ReplayBook();
  return {
    controller: replayControllerOf(service),
    providers: [
      {
        provide: Replaying,
        inject: [...replaying.inject],
        useFactory: replaying.useFactory as (...parts: unknown[]) => Replaying,
      },
      {
        provide: ReplayDesk,
        inject,
        useFactory: (unitOfWork: UnitOfWork, port: Replaying, clock: Clock) =>
          new ReplayDesk(unitOfWork, { service, book, replaying: port, clock }),
      },
      {
        provide: RunReplays,
        inject,
        useFactory: (unitOfWork: UnitOfWork, port: Replaying, clock: Clock) =>
          new RunReplays(unitOfWork, { book, replaying: port, clock }),
      },
      ReplayWorker,
      {
        provide: ReplayMetrics,
        inject: [Metrics, UnitOfWork],
        useFactory: (metrics: Metrics, unitOfWork: UnitOfWork) =>
          new ReplayMetrics(metrics, unitOfWork, { service, book }),
      },
    ],
  };
}
