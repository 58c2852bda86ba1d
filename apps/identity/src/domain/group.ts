/**
 * Groups of a solve: disjoint sets of identifiers with a standing and counts by type, joined in place.
 * A join breaks a limit only by a type that two or more of the joined parts bring: what a merge call already put together
 * stays together and does not keep others out.
 */
import type { CompiledRules } from './rules.js';

export type GroupStanding = 'person' | 'overflow' | 'closed';

export interface Group {
  standing: GroupStanding;
  /** Indexes of the nodes. */
  members: number[];
  readonly counts: Map<string, number>;
  /** Nodes that must stay apart from this group. */
  readonly foes: Set<number>;
  /** Which erasure its members are ghosts of; undefined: they live. */
  readonly erasureId: string | undefined;
}

export function newGroup(member: {
  readonly index: number;
  readonly type: string;
  readonly foes: readonly number[];
  readonly standing: GroupStanding;
  readonly erasureId: string | undefined;
}): Group {
  return {
    standing: member.standing,
    members: [member.index],
    counts: new Map([[member.type, 1]]),
    foes: new Set(member.foes),
    erasureId: member.erasureId,
  };
}

/** Limits only. */
export function fitsLimits(parts: readonly Group[], rules: CompiledRules): boolean {
  const totals = new Map<string, { total: number; parts: number }>();
  for (const part of parts) {
    for (const [type, count] of part.counts) {
      const entry = totals.get(type) ?? { total: 0, parts: 0 };
      entry.total += count;
      entry.parts += 1;
      if (entry.parts > 1 && entry.total > rules.strength(type).perProfile) return false;
      totals.set(type, entry);
    }
  }
  return true;
}

/** Ghosts keep to themselves, and the living to theirs: nobody gains what an erased person left. */
export function areStrangers(a: Group, b: Group): boolean {
  return a.erasureId !== b.erasureId;
}

export function areFoes(a: Group, b: Group): boolean {
  const [one, other] = a.foes.size <= b.foes.size ? [a, b] : [b, a];
  if (one.foes.size === 0) return false;
  return other.members.some((member) => one.foes.has(member));
}

/** Strangers are foes too. */
export function haveFoes(parts: readonly Group[]): boolean {
  const [first] = parts;
  if (first && parts.some((part) => areStrangers(part, first))) return true;
  if (parts.every((part) => part.foes.size === 0)) return false;
  return parts.some((a, index) => parts.slice(index + 1).some((b) => areFoes(a, b)));
}

/** Moves all into the largest; returns it. `groupOf` is brought up to date. */
export function join(parts: readonly Group[], groupOf: Group[]): Group {
  const target = parts.reduce((a, b) => (b.members.length > a.members.length ? b : a));
  for (const part of parts) {
    if (part === target) continue;
    for (const member of part.members) {
      groupOf[member] = target;
      target.members.push(member);
    }
    for (const [type, count] of part.counts) {
      target.counts.set(type, (target.counts.get(type) ?? 0) + count);
    }
    for (const foe of part.foes) target.foes.add(foe);
  }
  return target;
}
