import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Pacer } from '#runtime';
import { ExpireDue } from '../../application/expire-due.js';

/** Takes away by age what tenants do not keep: it looks every few seconds, which costs no statement while nothing is due. */
@Injectable()
export class RetentionWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pacer: Pacer;

  constructor(expireDue: ExpireDue) {
    this.pacer = new Pacer({ work: 'a step of retention', step: () => expireDue.execute() });
  }

  onApplicationBootstrap(): void {
    this.pacer.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.pacer.stop();
  }
}
