/**
 * Owner of a unit: the identifier under which all its interactions are filed (their anchor). A person's before an
 * overflow one before a closed one; then the strongest; then the first seen in this unit; then type and value.
 * Candidates are the identifiers that carry evidence in the unit. When it has no evidence (all withdrawn), those of its
 * filings that are known from elsewhere. None: the unit is its own.
 * A wide conversation is no unit: each of its filings is owned alone.
 */
import { compareText } from '#kernel';
import { compareEvidence } from './evidence.js';
import type { Evidence } from './evidence.js';
import type { Member } from './links.js';
import type { CompiledRules } from './rules.js';
import type { Standing } from '#contracts';

const RANK: Readonly<Record<Standing, number>> = { person: 0, overflow: 1, shared: 2, hub: 2 };

export interface UnitFiling {
  readonly members: readonly Member[];
  /** First evidence of the filing; null when none of its interactions counts. */
  readonly first: Evidence | null;
}

interface Candidate extends Member {
  readonly standing: Standing;
  readonly firstHere: Evidence | null;
}

/** `standingOf` answers undefined for an identifier that has no evidence anywhere. */
export function ownerOf(
  filings: readonly UnitFiling[],
  standingOf: (name: string) => Standing | undefined,
  rules: CompiledRules,
): string | null {
  const withEvidence = filings.filter((filing) => filing.first !== null);
  const candidates = gather(withEvidence.length > 0 ? withEvidence : filings, standingOf);
  let owner: Candidate | undefined;
  for (const candidate of candidates) {
    if (!owner || compareCandidates(candidate, owner, rules) < 0) owner = candidate;
  }
  return owner?.name ?? null;
}

function gather(
  filings: readonly UnitFiling[],
  standingOf: (name: string) => Standing | undefined,
): Iterable<Candidate> {
  const candidates = new Map<string, Candidate>();
  for (const { members, first } of filings) {
    for (const member of members) {
      const standing = standingOf(member.name);
      if (!standing) continue;
      const known = candidates.get(member.name);
      if (!known || isBefore(first, known.firstHere)) {
        candidates.set(member.name, { ...member, standing, firstHere: first });
      }
    }
  }
  return candidates.values();
}

function isBefore(a: Evidence | null, b: Evidence | null): boolean {
  return a !== null && (b === null || compareEvidence(a, b) < 0);
}

function compareCandidates(a: Candidate, b: Candidate, rules: CompiledRules): number {
  const byFirst = a.firstHere && b.firstHere ? compareEvidence(a.firstHere, b.firstHere) : 0;
  return (
    RANK[a.standing] - RANK[b.standing] ||
    rules.strength(a.type).level - rules.strength(b.type).level ||
    byFirst ||
    compareText(a.type, b.type) ||
    compareText(a.value, b.value)
  );
}
