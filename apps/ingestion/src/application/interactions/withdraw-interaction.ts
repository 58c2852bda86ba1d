import { Injectable } from '@nestjs/common';
import { acceptedRecord, formatInstant, type Interaction } from '#contracts';
import { EventLog } from '#event-log';
import { Clock, Fault } from '#kernel';
import type { Principal } from '#runtime';
import { withTraces } from '#tracing';
import { outgoingRecord } from '../outgoing-record.js';
import { SourceGate } from './source-gate.js';

export interface Withdrawal {
  readonly source: string;
  readonly id: string;
  /** Higher than the version to withdraw; absent = the current time in ms, which is higher than any counted by hand. */
  readonly version?: number;
  readonly reason: string;
  readonly actor: string;
}

/**
 * Appends a withdrawn version. Ingestion keeps no interactions, so it cannot know whether this one exists: a withdrawal that
 * comes first wins over a lower version that comes later. The answer holds the version: what restores it must be higher.
 */
@Injectable()
export class WithdrawInteraction {
  constructor(
    private readonly sourceGate: SourceGate,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute(
    principal: Principal,
    withdrawal: Withdrawal,
  ): Promise<{ source: string; id: string; version: number }> {
    const { source, id, reason, actor } = withdrawal;
    const access = this.sourceGate.accessOf(principal, source);
    if (access.kind === 'unknown') throw new Fault('not-found', 'There is no source of this name.');
    if (access.kind === 'not-allowed')
      throw new Fault('source-not-allowed', 'This key may not write to this source.');
    const now = this.clock.now();
    const version = withdrawal.version ?? now;
    const at = formatInstant(now);
    const interaction: Interaction = {
      tenant: principal.tenant,
      source,
      id,
      type: 'x-withdrawn',
      channel: 'other',
      occurredAt: at,
      receivedAt: at,
      identifiers: [],
      data: { reason, actor },
      version,
      withdrawn: true,
    };
    await this.log.append(withTraces([outgoingRecord(acceptedRecord(interaction))]));
    return { source, id, version };
  }
}
