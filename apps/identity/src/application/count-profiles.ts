/** How many customers there are now. */
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#storage';
import { ProfileReader } from './reading-ports.js';

export interface IdentityStatistics {
  /** Profiles of now: those that were merged away do not count, those without identifiers do. */
  readonly profiles: number;
}

@Injectable()
export class CountProfiles {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: ProfileReader,
  ) {}

  async execute(tenant: string): Promise<IdentityStatistics> {
    const profiles = await this.unitOfWork.run((transaction) =>
      this.reader.count(transaction, tenant),
    );
    return { profiles };
  }
}
