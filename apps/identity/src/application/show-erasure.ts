/** The receipt of an erasure: who did what about it, and when the log will have forgotten. */
import { Injectable } from '@nestjs/common';
import { LOG_RETENTION_MS, SERVICES } from '#contracts';
import type { ServiceName } from '#contracts';
import { Fault, stableHash } from '#kernel';
import { UnitOfWork } from '#storage';
import { ErasureReceipts } from './erasing/receipts.js';
import type { KeptErasure } from './erasing/receipts.js';

export interface ErasureReceipt {
  readonly erasureId: string;
  /** `done`: every service is through with every part. */
  readonly state: 'running' | 'done';
  /** What was received up to then is erased. */
  readonly at: string;
  /** Null in a system that was built anew from the log. */
  readonly actor: string | null;
  readonly reason: string | null;
  readonly parts: number;
  /** Of the record of the erasure; null while parts of it are missing here. */
  readonly hash: string | null;
  readonly services: readonly {
    readonly service: ServiceName;
    readonly partsDone: number;
    /** When it was through with the last of them. */
    readonly at: string | null;
    /** Rows erased or rewritten, by store. */
    readonly stores: Readonly<Record<string, number>>;
  }[];
  /** Topics that are logs keep what was sent for as long as this. */
  readonly logForgetsAt: string;
}

@Injectable()
export class ShowErasure {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly receipts: ErasureReceipts,
  ) {}

  async execute(tenant: string, erasureId: string): Promise<ErasureReceipt> {
    const kept = await this.unitOfWork.run((transaction) =>
      this.receipts.find(transaction, tenant, erasureId),
    );
    if (!kept) throw new Fault('not-found', 'There is no such erasure.');
    const services = SERVICES.map((service) => workOf(service, kept));
    const isDone = services.every(({ partsDone }) => partsDone === kept.parts);
    return {
      erasureId,
      state: isDone ? 'done' : 'running',
      at: new Date(kept.at).toISOString(),
      actor: kept.askedBy?.actor ?? null,
      reason: kept.askedBy?.reason ?? null,
      parts: kept.parts,
      hash: kept.hashes.length === kept.parts ? stableHash(...kept.hashes) : null,
      services,
      logForgetsAt: new Date(kept.at + LOG_RETENTION_MS).toISOString(),
    };
  }
}

function workOf(service: ServiceName, { done }: KeptErasure): ErasureReceipt['services'][number] {
  const own = done.filter((one) => one.service === service);
  const stores = new Map<string, number>();
  for (const one of own) {
    for (const [store, count] of Object.entries(one.stores))
      stores.set(store, (stores.get(store) ?? 0) + count);
  }
  const at = own.map((one) => one.at).sort();
  return {
    service,
    partsDone: own.length,
    at: at.at(-1) ?? null,
    stores: Object.fromEntries([...stores].sort()),
  };
}
