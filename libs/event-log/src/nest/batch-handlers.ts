import { Injectable } from '@nestjs/common';
import type { RecordBatch } from '../event-log.js';

export type HandleBatch = (batch: RecordBatch) => Promise<void>;

/** The handler of each group of this process, as the transport calls it: for records that come again by another way than the log. */
@Injectable()
export class BatchHandlers {
  private readonly byGroup = new Map<string, HandleBatch>();

  register(group: string, handle: HandleBatch): void {
    this.byGroup.set(group, handle);
  }

  /** Undefined = no handler of this process has the group. */
  of(group: string): HandleBatch | undefined {
    return this.byGroup.get(group);
  }
}
