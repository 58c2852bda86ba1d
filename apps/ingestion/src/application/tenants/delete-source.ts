import { Injectable } from '@nestjs/common';
import type { SourceChanged } from '#contracts';
import { Clock, Fault } from '#kernel';
import { TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import { Sources } from '../ports.js';
import { sourceRecord } from './tenant-records.js';

/** Takes a source away: nothing more is accepted from it; what it sent stays. */
@Injectable()
export class DeleteSource {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly sources: Sources,
    private readonly directory: TenantDirectory,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: string, source: string): Promise<void> {
    const deleted = await this.unitOfWork.publish(async (transaction) => {
      const counter = await this.sources.delete(transaction, tenant, source);
      if (counter === undefined) throw new Fault('not-found', 'There is no source of this name.');
      const result: SourceChanged = { tenant, source, revision: this.unitOfWork.revision(counter) };
      return {
        result,
        outgoing: [sourceRecord(result, new Date(this.clock.now()).toISOString(), true)],
      };
    });
    this.directory.applySource(deleted, undefined);
  }
}
