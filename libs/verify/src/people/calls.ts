/**
 * Calls in force. The newest about a pair counts, unmerge at a tie; what an interaction declares (`profile.aliased`) binds
 * identifiers of one type and gives way to any call. A call waits until both its ends have been seen.
 */
import { compareText } from '#kernel';
import type { Archive, Call } from '../archive.js';
import type { Node } from './evidence.js';
import { identifierName } from './identifier-name.js';
import type { Unit } from './units.js';

export interface InForce {
  /** Pairs of node keys, in the order in which they are made. */
  readonly merges: readonly (readonly [string, string])[];
  readonly negatives: readonly (readonly [string, string])[];
}

interface Said extends Omit<Call, 'kind'> {
  readonly kind: Call['kind'] | 'alias';
}

export function callsInForce(
  archive: Archive,
  units: readonly Unit[],
  nodes: readonly Node[],
): InForce {
  const keyOf = new Map(nodes.map((node) => [identifierName(archive, node), node.key]));
  const pairs = new Map<string, Said[]>();
  for (const call of [...archive.calls, ...aboutGhosts(archive), ...aliasesIn(archive, units)]) {
    if (call.a === call.b || !keyOf.has(call.a) || !keyOf.has(call.b)) continue;
    const pair = [call.a, call.b].sort(compareText).join(' ');
    pairs.set(pair, [...(pairs.get(pair) ?? []), call]);
  }
  const standing = [...pairs].map(([pair, said]) => ({ pair, call: strongestOf(said) }));
  standing.sort((x, y) => x.call.at - y.call.at || compareText(x.pair, y.pair));
  const ends = ({ pair }: { pair: string }) => {
    const [a = '', b = ''] = pair.split(' ').map((name) => keyOf.get(name));
    return [a, b] as const;
  };
  return {
    merges: standing.filter(({ call }) => call.kind !== 'unmerge').map(ends),
    negatives: standing.filter(({ call }) => call.kind === 'unmerge').map(ends),
  };
}

/** What the last erasure says of a call counts. */
function aboutGhosts({ erasures = [] }: Archive): Said[] {
  const inOrder = [...erasures].sort((a, b) => compareText(a.at, b.at));
  const calls = inOrder.flatMap((erasure) => erasure.calls);
  return [...new Map(calls.map((call) => [call.callId, call])).values()];
}

function strongestOf(said: readonly Said[]): Said {
  const [first, ...rest] = [...said].sort((a, b) => a.at - b.at);
  if (first === undefined) throw new Error('a pair is known by its calls');
  const calls = [first, ...rest].filter(({ kind }) => kind !== 'alias');
  const newest = calls.filter(({ at }) => at === calls.at(-1)?.at);
  return newest.find(({ kind }) => kind === 'unmerge') ?? newest[0] ?? first;
}

function aliasesIn(archive: Archive, units: readonly Unit[]): Said[] {
  return units.flatMap(({ live }) =>
    live
      .filter(({ seen }) => seen.interaction.type === 'profile.aliased')
      .flatMap(({ identifiers, seen }) =>
        [...new Set(identifiers.map(({ type }) => type))].flatMap((type) => {
          const alike = identifiers.filter((identifier) => identifier.type === type);
          const names = alike.map((identifier) => identifierName(archive, identifier)).sort();
          return names
            .slice(1)
            .map((b, index) => ({ kind: 'alias' as const, a: names[index] ?? b, b, at: seen.at }));
        }),
      ),
  );
}
