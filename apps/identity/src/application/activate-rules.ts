/**
 * Brings rules that were asked for into force, one tenant after the other. Whoever does it may stop at any moment: what was
 * begun is taken up again, and is done once, because the version comes into force in the transaction that changes people.
 */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, isFault } from '#kernel';
import { UnitOfWork } from '#storage';
import { problemOf } from '#runtime';
import { RulesBook } from './activating/ports.js';
import type { Activation, ActivationStep, Failure } from './activating/ports.js';
import { SettleRules } from './activating/settle-rules.js';

/** A process that dies over it, or surroundings that fail it, do so again: then it is given up, and nothing has changed. */
const ATTEMPTS_MAX = 10;

@Injectable()
export class ActivateRules {
  private readonly logger = new Logger('ActivateRules');

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly book: RulesBook,
    private readonly settleRules: SettleRules,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<void> {
    const { unitOfWork, book } = this;
    const waiting = await unitOfWork.run((transaction) => book.underWay(transaction));
    for (const activation of waiting) await this.activate(activation);
  }

  private async activate(activation: Activation): Promise<void> {
    if (activation.attempts >= ATTEMPTS_MAX) {
      const detail = `Given up after ${ATTEMPTS_MAX} attempts; the log of the service tells why.`;
      await this.fail(activation, { code: 'unavailable', detail, errors: [] });
      return;
    }
    const notes: Promise<void>[] = [];
    try {
      await this.settle(activation, (step) => notes.push(this.note(activation, step)));
    } catch (error) {
      if (isFault(error) && error.isRetriable) throw error;
      const failure = failureOf(error);
      if (failure.code === 'internal')
        this.logger.error({ err: error }, `rules ${activation.version} were not activated`);
      await this.fail(activation, failure);
    } finally {
      await Promise.all(notes);
    }
  }

  private async settle(
    activation: Activation,
    onStep: (step: ActivationStep) => void,
  ): Promise<void> {
    const { unitOfWork, book, settleRules, clock } = this;
    await unitOfWork.publish(async (transaction) => {
      const nothing = { result: undefined, outgoing: [] };
      if (!(await book.take(transaction, activation))) return nothing;
      // Told by a transaction of its own: this one may never end.
      await unitOfWork.run((beside) => book.begin(beside, activation, clock.now()));
      const settled = await settleRules.execute(transaction, activation, onStep);
      const { outgoing, ...result } = settled;
      await book.bringIntoForce(transaction, activation, { ...result, nowMs: clock.now() });
      return { ...nothing, outgoing };
    });
  }

  /** Beside the work, never awaited by it: connections may all be waiting for the tenant. */
  private async note(activation: Activation, step: ActivationStep): Promise<void> {
    try {
      await this.unitOfWork.run((transaction) => this.book.note(transaction, activation, step));
    } catch (error) {
      this.logger.warn({ err: error }, 'progress was not noted');
    }
  }

  private async fail(activation: Activation, failure: Failure): Promise<void> {
    const nowMs = this.clock.now();
    await this.unitOfWork.run((transaction) =>
      this.book.fail(transaction, activation, { nowMs, failure }),
    );
  }
}

/** As a problem would show it. */
function failureOf(error: unknown): Failure {
  const { code, detail, errors } = problemOf(error, '');
  return { code, detail, errors };
}
