/** What was said and kept beside the people: words of calls about the erased, and records set aside unread. */
import { Injectable } from '@nestjs/common';
import { parseInstant } from '#contracts';
import type { ErasureRequested } from '#contracts';
import { Mentions, Reading, eraseDeadLetters } from '#erasure';
import { DeadLetters } from '#storage';
import type { Transaction } from '#storage';
import { ErasureStore } from './ports.js';

@Injectable()
export class ForgetSaid {
  constructor(
    private readonly erasures: ErasureStore,
    private readonly deadLetters: DeadLetters,
    private readonly reading: Reading,
  ) {}

  /** Rows that went, by store. Dead letters go in transactions of their own: a second time there are none. */
  async execute(
    transaction: Transaction,
    requested: ErasureRequested,
  ): Promise<Readonly<Record<string, number>>> {
    const until = parseInstant(requested.at) ?? 0;
    const names = requested.identifiers.map(({ name }) => name);
    const callIds = requested.calls.map(({ callId }) => callId);
    const mentions = new Mentions([{ ...requested, at: until }], this.reading);
    const letters = await eraseDeadLetters(this.deadLetters).erase(mentions, [requested]);
    return {
      calls: await this.erasures.forgetSaid(transaction, { names, callIds, until }),
      deadLetters: letters.get(requested.erasureId) ?? 0,
    };
  }
}
