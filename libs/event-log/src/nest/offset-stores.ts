import { Injectable } from '@nestjs/common';
import { Fault } from '#kernel';
import type { SubscribeOptions } from '../event-log.js';

export type StartAt = SubscribeOptions['startAt'];

/** Where each group keeps its offsets. Services register in `onModuleInit`; the transport asks at every assignment. */
@Injectable()
export class OffsetStores {
  private readonly byGroup = new Map<string, StartAt>();

  register(group: string, startAt: StartAt): void {
    this.byGroup.set(group, startAt);
  }

  /** Throws a Fault when nobody registered: starting at a guess would skip or repeat everything. */
  of(group: string): StartAt {
    const startAt = this.byGroup.get(group);
    if (startAt === undefined) {
      throw new Fault('internal', `group ${group} has no offset store: call OffsetStores.register`);
    }
    return startAt;
  }
}
