/** All that identity does about parts of an erasure, in the transaction that asked for it or read of it. */
import { Injectable } from '@nestjs/common';
import { HEADER, TOPIC, recordKey } from '#contracts';
import type { ErasureDone, ErasureRequested } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { Clock, stableHash } from '#kernel';
import type { Transaction } from '#storage';
import { ApplyErasure } from './apply-erasure.js';
import { ForgetSaid } from './forget-said.js';
import { ErasureReceipts } from './receipts.js';
import type { AskedBy } from './receipts.js';

@Injectable()
export class TakeErasure {
  constructor(
    private readonly apply: ApplyErasure,
    private readonly forgetSaid: ForgetSaid,
    private readonly receipts: ErasureReceipts,
    private readonly clock: Clock,
  ) {}

  /** What is to be published. A part that is known changes nothing. One part after the other: erasures are rare. */
  async execute(
    transaction: Transaction,
    parts: readonly ErasureRequested[],
    askedBy?: AskedBy,
  ): Promise<readonly OutgoingRecord[]> {
    const [first] = parts;
    if (first && askedBy) await this.receipts.keepAskedBy(transaction, first, askedBy);
    const outgoing: OutgoingRecord[] = [];
    const done: ErasureDone[] = [];
    for (const requested of parts) {
      const applied = await this.apply.execute(transaction, requested);
      if (!applied) continue;
      const { tenant, erasureId, part } = requested;
      const said = await this.forgetSaid.execute(transaction, requested);
      const at = new Date(this.clock.now()).toISOString();
      const stores = { ...applied.stores, ...said };
      const through: ErasureDone = { tenant, erasureId, part, service: 'identity', at, stores };
      done.push(through);
      outgoing.push(...applied.outgoing, doneRecord(through));
    }
    await this.receipts.keepDone(transaction, done);
    return outgoing;
  }
}

export function requestedRecord(requested: ErasureRequested): OutgoingRecord {
  const { tenant, erasureId, part } = requested;
  return recordOf(TOPIC.erasureRequested.name, requested, [tenant, erasureId, part]);
}

function doneRecord(done: ErasureDone): OutgoingRecord {
  const { tenant, erasureId, part, service } = done;
  return recordOf(TOPIC.erasureDone.name, done, [tenant, erasureId, part, service]);
}

function recordOf(
  topic: string,
  body: ErasureRequested | ErasureDone,
  [tenant, ...parts]: readonly [string, ...(string | number)[]],
): OutgoingRecord {
  return {
    topic,
    key: recordKey(tenant, ...parts),
    headers: {
      [HEADER.id]: stableHash(topic, tenant, ...parts),
      [HEADER.specVersion]: '1.0',
      [HEADER.type]: topic,
      [HEADER.source]: 'touchline/identity',
      [HEADER.tenant]: tenant,
    },
    value: Buffer.from(JSON.stringify(body)),
  };
}
