import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Pacer } from '#runtime';
import { ActivateRules } from '../../application/activate-rules.js';

/** Activates rules that were asked for, never two at once. */
@Injectable()
export class RulesActivator implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pacer: Pacer;

  constructor(activateRules: ActivateRules) {
    const step = async (): Promise<boolean> => {
      await activateRules.execute();
      return false;
    };
    this.pacer = new Pacer({ work: 'activating rules', step });
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
