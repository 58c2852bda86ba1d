/**
 * Somebody says that two identifiers are one person (merge) or two (unmerge). Recorded for good, solved at once; a call about
 * an identifier that was not seen yet waits. The same call again changes nothing: equal ends, kind and `at`, or, without
 * `at`, the kind that counts for the pair already.
 */
import { Injectable } from '@nestjs/common';
import { Clock, stableHash } from '#kernel';
import { Problem } from '#runtime';
import { pairKey, splitPair } from '../domain/links.js';
import { showCall, stateOfCall, winnerOf } from './calling/call-view.js';
import type { CallState, CallView } from './calling/call-view.js';
import type { Consequence } from './calling/consequence.js';
import { CallLog, standing } from './calling/ports.js';
import type { DeclaredCall } from './calling/ports.js';
import { ReadEnds } from './calling/read-ends.js';
import type { Asking, NamedEnd } from './calling/read-ends.js';
import { SettleCall } from './calling/settle-call.js';
import type { Recorded, Settled } from './calling/settle-call.js';

export interface CallRequest {
  readonly tenant: string;
  readonly keyId: string;
  /** `type:value` or profile ids. */
  readonly a: string;
  readonly b: string;
  readonly reason: string;
  readonly actor: string;
  /** ms; now when absent. */
  readonly at: number | undefined;
  readonly isDryRun: boolean;
}

export interface CallOutcome {
  readonly call: CallView;
  readonly state: CallState;
  /** Whether both ends are one profile (with a dry run: would be). A merge is refused by a negative link or a hub. */
  readonly together: boolean;
  /** False: it was so already. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly consequence: Consequence;
}

/** What a call about a pair comes to: the call, and all calls about its pair after it. */
export interface CallOfPair {
  readonly call: DeclaredCall;
  readonly ofPair: readonly DeclaredCall[];
}

/** Clocks of callers may run ahead a little; a call from the future would outrank every later one. */
const AHEAD_MAX_MS = 60_000;

@Injectable()
export class DeclareCall {
  constructor(
    private readonly settleCall: SettleCall,
    private readonly calls: CallLog,
    private readonly ends: ReadEnds,
    private readonly clock: Clock,
  ) {}

  async execute(kind: 'merge' | 'unmerge', request: CallRequest): Promise<CallOutcome> {
    const now = this.clock.now();
    assertPast(request.at, now);
    const { tenant, isDryRun } = request;
    const settled = await this.settleCall.execute({
      tenant,
      isDryRun,
      record: (asking) => this.record(kind, { request, now, asking }),
    });
    return outcomeOf(settled, isDryRun);
  }

  private async record(
    kind: 'merge' | 'unmerge',
    said: { readonly request: CallRequest; readonly now: number; readonly asking: Asking },
  ): Promise<Recorded<CallOfPair>> {
    const { request, now, asking } = said;
    const { tenant, reason, actor, keyId } = request;
    const { names, ends } = await namePair(this.ends, request, asking);
    const known = await this.calls.ofPair(asking.transaction, tenant, names);
    const at = request.at ?? now;
    const callId = stableHash('call', tenant, kind, ...names, at);
    const winner = winnerOf(known);
    const repeated =
      request.at === undefined && winner?.kind === kind
        ? winner
        : known.find((call) => call.callId === callId && !call.withdrawn);
    if (repeated) return { result: { call: repeated, ofPair: known }, ends: names };
    const [saidA = '', saidB = ''] = ends.map((end) => end.said);
    const [a, b] = names;
    const statement = { reason, actor, keyId, at, recordedAt: now };
    const call: DeclaredCall = {
      tenant,
      callId,
      kind,
      a,
      b,
      saidA,
      saidB,
      ...statement,
      withdrawn: null,
    };
    await this.calls.declare(asking.transaction, call);
    const others = known.filter((other) => other.callId !== callId);
    return {
      result: { call, ofPair: [...others, call] },
      ends: names,
      change: { call: standing(call), cause: kind },
    };
  }
}

/** The ends by name, the smaller first. Throws when they are one. */
export async function namePair(
  ends: ReadEnds,
  request: Pick<CallRequest, 'a' | 'b'>,
  asking: Asking,
): Promise<{ names: readonly [string, string]; ends: readonly NamedEnd[] }> {
  const a = await ends.nameForCall(request.a, '/a', asking);
  const b = await ends.nameForCall(request.b, '/b', asking);
  if (a.name === b.name) throw new Problem('same-ends', 'Both ends are the same.');
  const names = splitPair(pairKey(a.name, b.name));
  return { names, ends: names[0] === a.name ? [a, b] : [b, a] };
}

export function outcomeOf(settled: Settled<CallOfPair>, dryRun: boolean): CallOutcome {
  const { result, consequence, isSeen, isTogether, hasChanged } = settled;
  return {
    call: showCall(result.call),
    state: stateOfCall(result.call, result.ofPair, isSeen),
    together: isTogether,
    changed: hasChanged,
    dryRun,
    consequence,
  };
}

export function assertPast(at: number | undefined, now: number): void {
  if (at === undefined || at <= now + AHEAD_MAX_MS) return;
  const detail = 'at must not lie in the future';
  const errors = [{ pointer: '/at', code: 'invalid-parameter', detail }] as const;
  throw new Problem('invalid-parameter', detail, { errors });
}
