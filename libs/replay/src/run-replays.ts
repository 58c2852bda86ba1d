import { Logger } from '@nestjs/common';
import type { Clock } from '#kernel';
import { describeError } from '#runtime';
import type { UnitOfWork } from '#storage';
import type { Replay, ReplayBook } from './replay-book.js';
import type { Replaying } from './replaying.js';

/** Of one step: a process that dies over it, or surroundings that fail it, do so again. Then the replay is given up. */
const ATTEMPTS_MAX = 10;

/**
 * Takes replays on, a step a transaction: the step's rows, its records and the position after it are stored together. Whoever
 * does it may stop or die at any moment; the next one goes on from the last step.
 */
export class RunReplays {
  private readonly logger = new Logger('RunReplays');

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly parts: {
      readonly book: ReplayBook;
      readonly replaying: Replaying;
      readonly clock: Clock;
    },
  ) {}

  /** One step of one replay. Answers whether there was one to take. */
  async execute(): Promise<boolean> {
    const { unitOfWork } = this;
    const { book, clock } = this.parts;
    const taken = await unitOfWork.run((transaction) => book.take(transaction, clock.now()));
    if (taken === undefined) return false;
    if (taken.attempts > ATTEMPTS_MAX) {
      await this.giveUp(taken);
      return true;
    }
    try {
      return await this.step(taken);
    } catch (error) {
      const failure = failureOf(error);
      await unitOfWork.run((transaction) => book.note(transaction, taken, failure));
      throw error;
    }
  }

  private step(taken: Replay): Promise<boolean> {
    const { book, replaying, clock } = this.parts;
    return this.unitOfWork.publish(async (transaction) => {
      const replay = await book.enter(transaction, taken);
      if (replay === undefined) return { result: false, outgoing: [] };
      const total = replay.total ?? (await replaying.size(transaction, replay.tenant));
      const step = await replaying.step(transaction, replay);
      await book.advance(transaction, { ...replay, total }, { ...step, now: clock.now() });
      return { result: true, outgoing: step.outgoing };
    });
  }

  private async giveUp(replay: Replay): Promise<void> {
    const { book, replaying, clock } = this.parts;
    await this.unitOfWork.run(async (transaction) => {
      const ended = await book.end(transaction, replay, { status: 'failed', now: clock.now() });
      if (ended !== undefined) await replaying.abandon(transaction, ended);
    });
    this.logger.error(`replay ${replay.id} was given up: ${replay.failure ?? 'the process died'}`);
  }
}

/** Without anything of a customer. */
function failureOf(error: unknown): string {
  const { error: name, message } = describeError(error);
  return [name, message].filter((part) => part !== undefined).join(': ');
}
