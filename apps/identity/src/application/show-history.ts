/** The history of a profile, for people: who joined and left, what was refused and lifted, and who called for what. */
import { Injectable } from '@nestjs/common';
import type { Identifier } from '#contracts';
import type { Transaction } from '#storage';
import { isShown } from '../domain/erasure.js';
import { showCall } from './calling/call-view.js';
import type { CallView } from './calling/call-view.js';
import { CallLog } from './calling/ports.js';
import { ProfileReader } from './reading-ports.js';
import type { IdentityEvent } from './reading-ports.js';

const EVENTS_MAX = 200;
const CALLS_MAX = 100;

/** An event with what caused it: `evidence`, or a call, shown with actor and reason, or a version of the rules. */
export interface ShownEvent extends Omit<IdentityEvent, 'recordedAt' | 'subject'> {
  readonly recordedAt: string;
  readonly subject: Identifier | null;
  readonly call?: CallView;
}

export interface History {
  /** Newest first. */
  readonly history: readonly ShownEvent[];
  /** About identifiers of the profile, withdrawn ones too. */
  readonly calls: readonly CallView[];
}

@Injectable()
export class ShowHistory {
  constructor(
    private readonly reader: ProfileReader,
    private readonly callLog: CallLog,
  ) {}

  /** `names`: ids that the profile was known by, its own among them. */
  async execute(transaction: Transaction, names: readonly string[]): Promise<History> {
    const events = await this.reader.events(transaction, names, EVENTS_MAX);
    const calls = (await this.callLog.naming(transaction, names, CALLS_MAX)).map(showCall);
    const spokenOf = events.flatMap(({ subject, rivals }) => [subject ?? '', ...rivals]);
    const rows = await this.reader.identifiers(transaction, [...new Set(spokenOf)]);
    const byName = new Map(rows.filter(isShown).map((row) => [row.name, row]));
    const ghosts = new Set(rows.filter((row) => !isShown(row)).map(({ name }) => name));
    const byId = new Map(calls.map((call) => [call.callId, call]));
    const visible = events.filter(({ subject }) => !ghosts.has(subject ?? ''));
    const history = visible.map(({ recordedAt, subject, ...event }): ShownEvent => {
      const known = byName.get(subject ?? '');
      const call = byId.get(event.ref);
      return {
        ...event,
        rivals: event.rivals.filter((rival) => !ghosts.has(rival)),
        recordedAt: new Date(recordedAt).toISOString(),
        subject: known ? { type: known.type, value: known.value } : null,
        ...(call && { call }),
      };
    });
    return { history, calls };
  }
}
