import { Injectable } from '@nestjs/common';
import type { InputProblem } from '#contracts';
import { Clock } from '#kernel';
import type { Principal } from '#runtime';
import { UnitOfWork } from '#storage';
import { type Edit, replayRejection, type ReplayOutcome } from '../../domain/replay-rejection.js';
import { SourceGate } from '../interactions/source-gate.js';
import { outgoingRecord } from '../outgoing-record.js';
import {
  type RejectionFilter,
  type RejectionPosition,
  Rejections,
  type Replay,
  type StoredRejection,
} from '../ports.js';
import { describeReplay } from './describe-replay.js';

export interface AlikeRequest {
  readonly filter: Omit<RejectionFilter, 'isReplayed'>;
  readonly edit: Exclude<Edit, { kind: 'whole' }>;
  readonly isDryRun: boolean;
  readonly reason?: string;
  readonly after?: RejectionPosition;
  /** Rejections looked at in this call. */
  readonly limit: number;
}

export interface ReplayedAlike {
  readonly accepted: readonly Pick<MarkedView, 'rejectionId' | 'source' | 'id' | 'version'>[];
  /** Still not valid: they stay, with the reason that they had. */
  readonly rejected: readonly ({ readonly rejectionId: string } & InputProblem)[];
  /** Where the next call goes on; absent = these were the last. */
  readonly next?: RejectionPosition;
}

type MarkedView = Replay & { readonly rejectionId: string };

interface Tried {
  readonly rejection: StoredRejection;
  readonly outcome: ReplayOutcome;
}

/**
 * Accepts what waits and is alike, oldest first, one bounded page a call. A dry run answers the same and changes nothing. What
 * was accepted waits no more, so calls may be repeated, from the start or from `next`.
 */
@Injectable()
export class ReplayAlike {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rejections: Rejections,
    private readonly sourceGate: SourceGate,
    private readonly clock: Clock,
  ) {}

  async execute(principal: Principal, request: AlikeRequest): Promise<ReplayedAlike> {
    const { tenant } = principal;
    const { filter, after, limit, edit, isDryRun } = request;
    return this.unitOfWork.publish(async (transaction) => {
      const page = { tenant, filter, after, limit };
      const waiting = await this.rejections.lockWaiting(transaction, page);
      const tried = waiting.map((rejection) => ({
        rejection,
        outcome: replayRejection(rejection, edit, (source) =>
          this.sourceGate.accessOf(principal, source),
        ),
      }));
      const marked = this.markedReplays(tried, principal, request);
      if (!isDryRun) await this.rejections.mark(transaction, tenant, marked);
      const last = waiting.length === limit ? waiting.at(-1) : undefined;
      return {
        result: { accepted: marked.map(acceptedView), rejected: rejectedIn(tried), next: last },
        outgoing: isDryRun ? [] : recordsOf(tried),
      };
    });
  }

  private markedReplays(tried: readonly Tried[], { keyId }: Principal, request: AlikeRequest) {
    const { reason, edit } = request;
    const circumstances = { at: this.clock.now(), keyId, reason, isEdited: edit.kind !== 'none' };
    return tried.flatMap(({ rejection: { rejectionId }, outcome }) =>
      outcome.kind === 'accepted'
        ? [{ rejectionId, replay: describeReplay(outcome.accepted, circumstances) }]
        : [],
    );
  }
}

function acceptedView({ rejectionId, replay }: { rejectionId: string; replay: Replay }) {
  const { source, id, version } = replay;
  return { rejectionId, source, id, version };
}

function rejectedIn(tried: readonly Tried[]): ReplayedAlike['rejected'] {
  return tried.flatMap(({ rejection: { rejectionId }, outcome }) =>
    outcome.kind === 'refused' ? [{ rejectionId, ...outcome.problems[0] }] : [],
  );
}

function recordsOf(tried: readonly Tried[]) {
  return tried.flatMap(({ outcome }) =>
    outcome.kind === 'accepted' ? [outgoingRecord(outcome.accepted.record)] : [],
  );
}
