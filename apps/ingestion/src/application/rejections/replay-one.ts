import { Injectable } from '@nestjs/common';
import { Clock, Fault } from '#kernel';
import { type Principal, Problem } from '#runtime';
import { UnitOfWork } from '#storage';
import { type Edit, replayRejection } from '../../domain/replay-rejection.js';
import { SourceGate } from '../interactions/source-gate.js';
import { outgoingRecord } from '../outgoing-record.js';
import { Rejections, type Replay, type StoredRejection } from '../ports.js';
import { describeReplay } from './describe-replay.js';

export interface ReplayRequest {
  readonly rejectionId: string;
  readonly edit: Edit;
  readonly reason?: string;
}

export interface Replayed extends Replay {
  readonly rejectionId: string;
  /** It had been replayed before: that is what is shown, and nothing was changed. */
  readonly isRepeat: boolean;
}

/**
 * Accepts a rejection, edited or not, once: row, mark and record in one transaction, so of two replays at once the second
 * sees the first. Throws `no-valid-interaction` when it is still not valid; then it stays as it was.
 */
@Injectable()
export class ReplayOne {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rejections: Rejections,
    private readonly sourceGate: SourceGate,
    private readonly clock: Clock,
  ) {}

  async execute(principal: Principal, request: ReplayRequest): Promise<Replayed> {
    const { tenant } = principal;
    const { rejectionId } = request;
    return this.unitOfWork.publish<Replayed>(async (transaction) => {
      const found = await this.rejections.lock(transaction, tenant, rejectionId);
      if (found === undefined) throw new Fault('not-found', NOT_FOUND);
      if (found.replay !== undefined)
        return { result: { rejectionId, ...found.replay, isRepeat: true }, outgoing: [] };
      const { replay, record } = this.accept(found, principal, request);
      await this.rejections.mark(transaction, tenant, [{ rejectionId, replay }]);
      return {
        result: { rejectionId, ...replay, isRepeat: false },
        outgoing: [outgoingRecord(record)],
      };
    });
  }

  private accept(rejection: StoredRejection, principal: Principal, request: ReplayRequest) {
    const { edit, reason } = request;
    const outcome = replayRejection(rejection, edit, (source) =>
      this.sourceGate.accessOf(principal, source),
    );
    if (outcome.kind === 'refused') throw stillInvalid(outcome.problems);
    const { accepted } = outcome;
    const { keyId } = principal;
    const isEdited = edit.kind !== 'none';
    const at = this.clock.now();
    return {
      replay: describeReplay(accepted, { at, keyId, reason, isEdited }),
      record: accepted.record,
    };
  }
}

export const NOT_FOUND =
  'There is no such rejection; one of the last seconds may not be stored yet: try again.';

function stillInvalid(problems: Problem['errors']): Problem {
  const [first] = problems;
  return new Problem(
    'no-valid-interaction',
    `Still not valid: ${first?.pointer} ${first?.detail}.`,
    {
      errors: problems,
    },
  );
}
