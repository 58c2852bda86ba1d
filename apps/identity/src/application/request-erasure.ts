/**
 * Somebody asks for a customer to be forgotten. Planned under the tenant's lock, said to everybody, and carried out here in the
 * same transaction: the profile is gone with the answer. The others follow; the receipt says how far they are.
 */
import { Injectable } from '@nestjs/common';
import { Clock, Fault } from '#kernel';
import { UnitOfWork } from '#storage';
import { PlanProfileErasure } from './erasing/plan-profile-erasure.js';
import type { AskedBy } from './erasing/receipts.js';
import { TakeErasure, requestedRecord } from './erasing/take-erasure.js';

export interface ErasureRequest extends AskedBy {
  readonly tenant: string;
  /** Any id that the profile answers to. */
  readonly id: string;
}

export interface ErasureAccepted {
  readonly erasureId: string;
  /** Where the receipt is. */
  readonly receipt: string;
}

@Injectable()
export class RequestErasure {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly plan: PlanProfileErasure,
    private readonly take: TakeErasure,
    private readonly clock: Clock,
  ) {}

  async execute({ tenant, id, ...askedBy }: ErasureRequest): Promise<ErasureAccepted> {
    return this.unitOfWork.publish(async (transaction) => {
      const asked = { tenant, id, now: this.clock.now() };
      const parts = (await this.plan.execute(transaction, asked)) ?? [];
      const [first] = parts;
      if (!first) throw new Fault('not-found', 'There is no such profile.');
      const { erasureId } = first;
      const outgoing = await this.take.execute(transaction, parts, askedBy);
      return {
        result: { erasureId, receipt: `/v1/erasures/${erasureId}` },
        outgoing: [...parts.map(requestedRecord), ...outgoing],
      };
    });
  }
}
