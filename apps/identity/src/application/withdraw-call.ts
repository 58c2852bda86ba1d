/**
 * The literal undo: the call was never made. Named by its id, or by its pair: then the newest that stands, declared at `at` or
 * before. The same withdrawal again changes nothing, when the call is named, or `at` is given.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { Problem } from '#runtime';
import { winnerOf } from './calling/call-view.js';
import { CallLog, standing } from './calling/ports.js';
import type { DeclaredCall, Statement } from './calling/ports.js';
import { ReadEnds } from './calling/read-ends.js';
import type { Asking } from './calling/read-ends.js';
import { SettleCall } from './calling/settle-call.js';
import type { Recorded } from './calling/settle-call.js';
import { assertPast, namePair, outcomeOf } from './declare-call.js';
import type { CallOfPair, CallOutcome, CallRequest } from './declare-call.js';

export type WithdrawalRequest = Omit<CallRequest, 'a' | 'b'> &
  ({ readonly callId: string } | Pick<CallRequest, 'a' | 'b'>);

interface Found extends CallOfPair {
  readonly ends: readonly [string, string];
}

@Injectable()
export class WithdrawCall {
  constructor(
    private readonly settleCall: SettleCall,
    private readonly calls: CallLog,
    private readonly ends: ReadEnds,
    private readonly clock: Clock,
  ) {}

  async execute(request: WithdrawalRequest): Promise<CallOutcome> {
    const now = this.clock.now();
    assertPast(request.at, now);
    const { tenant, isDryRun, reason, actor, keyId } = request;
    const statement = { reason, actor, keyId, at: request.at ?? now, recordedAt: now };
    const settled = await this.settleCall.execute({
      tenant,
      isDryRun,
      record: (asking) => this.record(request, statement, asking),
    });
    return outcomeOf(settled, isDryRun);
  }

  private async record(
    request: WithdrawalRequest,
    statement: Statement,
    asking: Asking,
  ): Promise<Recorded<CallOfPair>> {
    const { call, ofPair, ends } =
      'callId' in request
        ? await this.byId(request.callId, asking)
        : await this.byPair(request, statement.at, asking);
    if (call.withdrawn) return { result: { call, ofPair }, ends };
    await this.calls.withdraw(asking.transaction, call, statement);
    const withdrawn: DeclaredCall = { ...call, withdrawn: statement };
    return {
      result: { call: withdrawn, ofPair },
      ends,
      change: { call: standing(call), cause: 'withdrawal' },
    };
  }

  private async byId(callId: string, { transaction, tenant }: Asking): Promise<Found> {
    const call = await this.calls.find(transaction, tenant, callId);
    if (!call) throw new Problem('no-such-call', 'There is no call with this id.');
    const ends = [call.a, call.b] as const;
    return { call, ends, ofPair: await this.calls.ofPair(transaction, tenant, ends) };
  }

  private async byPair(
    request: Pick<CallRequest, 'a' | 'b' | 'at'>,
    at: number,
    asking: Asking,
  ): Promise<Found> {
    const { names } = await namePair(this.ends, request, asking);
    const ofPair = await this.calls.ofPair(asking.transaction, asking.tenant, names);
    const repeated =
      request.at === undefined ? undefined : ofPair.find((call) => call.withdrawn?.at === at);
    const call = repeated ?? winnerOf(ofPair.filter((one) => one.at <= at));
    if (call) return { call, ends: names, ofPair };
    throw new Problem('no-such-call', 'No call about these two stands.');
  }
}
