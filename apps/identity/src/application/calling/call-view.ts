/** A call as the API shows it. */
import { callsInForce } from '../../domain/call.js';
import type { DeclaredCall, Statement } from './ports.js';
import { standing } from './ports.js';

/** `waiting`: an end was not seen yet · `outranked`: another call about the same pair counts. */
export type CallState = 'in-force' | 'waiting' | 'outranked' | 'withdrawn';

interface StatementView {
  readonly reason: string;
  readonly actor: string;
  readonly keyId: string;
  readonly at: string;
  readonly recordedAt: string;
}

export interface CallView extends StatementView {
  readonly callId: string;
  readonly kind: 'merge' | 'unmerge';
  readonly a: string;
  readonly b: string;
  readonly withdrawn: StatementView | null;
}

export function showCall(call: DeclaredCall): CallView {
  const { callId, kind, saidA: a, saidB: b, withdrawn } = call;
  return {
    callId,
    kind,
    a,
    b,
    ...showStatement(call),
    withdrawn: withdrawn && showStatement(withdrawn),
  };
}

function showStatement({ reason, actor, keyId, at, recordedAt }: Statement): StatementView {
  const instant = (ms: number): string => new Date(ms).toISOString();
  return { reason, actor, keyId, at: instant(at), recordedAt: instant(recordedAt) };
}

/** `ofPair`: all calls about its pair, this one among them. */
export function stateOfCall(
  call: DeclaredCall,
  ofPair: readonly DeclaredCall[],
  isSeen: boolean,
): CallState {
  if (call.withdrawn) return 'withdrawn';
  if (winnerOf(ofPair)?.callId !== call.callId) return 'outranked';
  return isSeen ? 'in-force' : 'waiting';
}

/** The call about a pair that counts: the newest that stands, an unmerge at a tie. */
export function winnerOf(ofPair: readonly DeclaredCall[]): DeclaredCall | undefined {
  const left = ofPair.filter((call) => !call.withdrawn);
  const latest = left.filter((call) => left.every((other) => other.at <= call.at));
  const { negatives } = callsInForce(latest.map(standing), () => true);
  return latest.find((call) => (call.kind === 'unmerge') === negatives.size > 0);
}
