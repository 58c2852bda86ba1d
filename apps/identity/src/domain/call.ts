/**
 * Calls: what people declare about pairs of identifiers, beside the evidence.
 * - merge and unmerge: the newest about a pair counts, unmerge at a tie. Withdrawing a call = it was never there.
 * - alias: declared by an interaction; joins like a merge, but never lifts an unmerge and binds one type only.
 * Invariant: evidence + merge + unmerge of a pair = evidence + unmerge.
 */
import { compareText } from '#kernel';
import { pairKey } from './links.js';

export interface Call {
  readonly callId: string;
  readonly kind: 'merge' | 'unmerge' | 'alias';
  /** Identifier names. */
  readonly a: string;
  readonly b: string;
  /** When it was declared, ms. */
  readonly at: number;
}

export interface CallsInForce {
  /** Pairs to hold together, in order. */
  readonly merges: readonly string[];
  /** Pairs that must never be one profile through evidence or other merges. */
  readonly negatives: ReadonlySet<string>;
}

/** `isSeen`: calls wait until both ends have been seen. */
export function callsInForce(
  calls: readonly Call[],
  isSeen: (name: string) => boolean,
): CallsInForce {
  const winners = new Map<string, Call>();
  for (const call of calls) {
    if (call.a === call.b || !isSeen(call.a) || !isSeen(call.b)) continue;
    const pair = pairKey(call.a, call.b);
    const current = winners.get(pair);
    if (!current || outranks(call, current)) winners.set(pair, call);
  }
  const negatives = new Set<string>();
  const merges: { readonly pair: string; readonly at: number }[] = [];
  for (const [pair, call] of winners) {
    if (call.kind === 'unmerge') negatives.add(pair);
    else merges.push({ pair, at: call.at });
  }
  merges.sort((a, b) => a.at - b.at || compareText(a.pair, b.pair));
  return { merges: merges.map((merge) => merge.pair), negatives };
}

function outranks(next: Call, current: Call): boolean {
  const nextIsAlias = next.kind === 'alias';
  if (nextIsAlias !== (current.kind === 'alias')) return !nextIsAlias;
  if (nextIsAlias) return next.at < current.at;
  if (next.at !== current.at) return next.at > current.at;
  return next.kind === 'unmerge';
}
