/** The audit of calls: who declared and withdrew what, the newest first. */
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#storage';
import { showCall } from './calling/call-view.js';
import type { CallView } from './calling/call-view.js';
import { CallLog } from './calling/ports.js';

@Injectable()
export class ReadCalls {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly calls: CallLog,
  ) {}

  async execute(
    tenant: string,
    page: { readonly before: number | null; readonly limit: number },
  ): Promise<{ items: CallView[]; next: string | null }> {
    const { calls, next } = await this.unitOfWork.run((transaction) =>
      this.calls.list(transaction, tenant, page),
    );
    return { items: calls.map(showCall), next: next === null ? null : String(next) };
  }
}
