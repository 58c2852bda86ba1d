import { Injectable } from '@nestjs/common';
import type { SourceChanged } from '#contracts';
import { Clock, Fault } from '#kernel';
import { TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import { type SourceDescription, Sources } from '../ports.js';
import { sourceRecord } from './tenant-records.js';

/** Sources a tenant may have: every service holds them all in memory. */
const SOURCES_MAX = 10_000;

@Injectable()
export class SaveSource {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly sources: Sources,
    private readonly directory: TenantDirectory,
    private readonly clock: Clock,
  ) {}

  async execute(description: SourceDescription): Promise<SourceChanged> {
    const { tenant, source } = description;
    const isNew = this.directory.source(tenant, source) === undefined;
    if (isNew && this.directory.sources(tenant).length >= SOURCES_MAX) {
      throw new Fault('conflict', `A tenant has at most ${SOURCES_MAX} sources.`);
    }
    const changed = await this.unitOfWork.publish(async (transaction) => {
      const counter = await this.sources.save(transaction, description);
      const result: SourceChanged = { ...description, revision: this.unitOfWork.revision(counter) };
      return { result, outgoing: [sourceRecord(result, new Date(this.clock.now()).toISOString())] };
    });
    this.directory.applySource(changed, changed);
    return changed;
  }
}
