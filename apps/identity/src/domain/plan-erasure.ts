/**
 * What the erasure of one profile comes to. Erased are its interactions, the identifiers that it holds, and those that nobody
 * but it ever carried (an address too many for one person is still only this person's).
 */
import { compareText } from '#kernel';
import type { Call } from './call.js';
import { erasureOf, ghostOf, livingNameOf } from '#contracts';
import type { NameOf } from '#contracts';
import type { Erasure, Remains } from './erasure.js';
import type { Member } from './links.js';
import type { FiledSet } from './resolve-from-scratch.js';

export interface ErasedProfile {
  readonly erasureId: string;
  readonly at: number;
  /** All that it holds. */
  readonly held: readonly Member[];
  /** All that is filed under it. */
  readonly filings: readonly FiledSet[];
  /** Keyed hashes of what is filed there. */
  readonly interactions: readonly string[];
  /** Names that filings of others carry too. */
  readonly carriedByOthers: ReadonlySet<string>;
  /** Units that filings of others are in. */
  readonly unitsOfOthers: ReadonlySet<string>;
  /** About the identifiers of it, and those that its interactions declared (with an id that tells nothing). */
  readonly calls: readonly Call[];
}

export function planErasure(profile: ErasedProfile, nameOf: NameOf): Erasure {
  const { erasureId, at, held, filings, interactions, carriedByOthers, unitsOfOthers } = profile;
  const erased = new Map<string, Member>();
  const members = filings.flatMap((filing) => filing.members);
  for (const member of [...held, ...members.filter(({ name }) => !carriedByOthers.has(name))]) {
    if (erasureOf(member) === undefined) erased.set(member.name, member);
  }
  const rename = (name: string): string => {
    const member = erased.get(name);
    return member ? nameOf(ghostOf(erasureId, member)) : name;
  };
  return {
    erasureId,
    at,
    interactions: [...new Set(interactions)].sort(),
    identifiers: [...erased.values()]
      .map(({ type, name }) => ({ type, name }))
      .sort((a, b) => compareText(a.name, b.name)),
    filings: filings.map(({ filing }) => filing).sort(),
    remains: filings.flatMap((filing) =>
      remainsOf(filing, unitsOfOthers, (member) => memberOfRemains(member, { erasureId, erased })),
    ),
    calls: profile.calls.map((call) => ({ ...call, a: rename(call.a), b: rename(call.b) })),
  };
}

/** Nothing remains of a filing that links nothing: without evidence, or without identifiers. */
function remainsOf(
  { filing, unit, members, span }: FiledSet,
  unitsOfOthers: ReadonlySet<string>,
  read: (member: Member) => Remains['members'][number],
): Remains[] {
  if (!span || members.length === 0) return [];
  return [
    {
      filing,
      unit,
      isShared: unitsOfOthers.has(unit),
      members: members.map(read),
      firstAt: span.first.at,
      lastAt: span.last.at,
    },
  ];
}

function memberOfRemains(
  member: Member,
  {
    erasureId,
    erased,
  }: { readonly erasureId: string; readonly erased: ReadonlyMap<string, Member> },
): Remains['members'][number] {
  const { type, name } = member;
  const by = erasureOf(member) ?? (erased.has(name) ? erasureId : undefined);
  return by === undefined
    ? { type, name }
    : { type, name: livingNameOf(member) ?? name, erasureId: by };
}
