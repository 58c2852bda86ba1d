import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Pacer } from '#runtime';
import { RunReplays } from './run-replays.js';

/** Takes replays on, a step at a time. */
@Injectable()
export class ReplayWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pacer: Pacer;

  constructor(replays: RunReplays) {
    this.pacer = new Pacer({ work: 'a step of a replay', step: () => replays.execute() });
  }

  onApplicationBootstrap(): void {
    this.pacer.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.pacer.stop();
  }

  /** There is something to do. */
  wake(): void {
    this.pacer.wake();
  }
}
