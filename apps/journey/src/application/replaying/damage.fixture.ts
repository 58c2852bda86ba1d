import fc from 'fast-check';
import type { DerivedFact } from '../../domain/derived-fact.js';
import type { ProfileState } from '../../domain/profile.js';
import type { MemoryJourney } from '../memory-stores.fixture.js';

/** What no code of ours would do to a schema. `which`: of those there are, in order. */
export interface Damage {
  readonly what: (typeof KINDS)[number];
  readonly which: number;
  readonly other: number;
}

const KINDS = [
  'fact deleted',
  'fact marked as gone',
  'measure changed',
  'fact under another profile',
  'ghost of a fact',
  'standing deleted',
  'standing of another profile',
  'state emptied',
  'segments changed',
  'deadline forgotten',
  'checkpoints emptied',
  'row counts in nothing',
] as const;

export const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({ what: fc.constantFrom(...KINDS), which: fc.nat(999), other: fc.nat(999) }),
  { minLength: 1, maxLength: 8 },
);

/** Facts may belong to one that there is not. */
const OWNERS = ['1', '2', '3', '77'];

export function damage(journey: MemoryJourney, { what, which, other }: Damage): void {
  const facts = journey.facts.current().sort((a, b) => (a.id < b.id ? -1 : 1));
  const fact = facts[which % facts.length];
  const profiles = [...journey.profiles.rows.values()];
  const profile = profiles[which % profiles.length];
  const rows = [...journey.archive.rows];
  const [rowName, row] = rows[which % rows.length] ?? [];
  if (what === 'row counts in nothing' && rowName !== undefined && row !== undefined)
    journey.archive.rows.set(rowName, { ...row, factIds: [], isSequential: false });
  if (what === 'checkpoints emptied') journey.checkpoints.damage();
  if (fact !== undefined) damageFact(journey, fact, { what, which, other });
  if (profile !== undefined)
    damageProfile(journey, profile, { what, from: profiles[other % profiles.length] });
}

function damageFact(journey: MemoryJourney, fact: DerivedFact, { what, other }: Damage): void {
  const { rows } = journey.facts;
  const stored = rows.get(fact.id);
  if (stored === undefined) return;
  const put = (changed: DerivedFact) => rows.set(changed.id, { ...stored, fact: changed });
  const profileKey = OWNERS[other % OWNERS.length] ?? '';
  if (what === 'fact deleted') rows.delete(fact.id);
  if (what === 'fact marked as gone') rows.set(fact.id, { ...stored, isGone: true });
  if (what === 'measure changed') put({ ...fact, measures: { ...fact.measures, ghost: other } });
  if (what === 'fact under another profile') put({ ...fact, profileKey });
  const id = other.toString(16).padStart(32, '0');
  if (what === 'ghost of a fact') put({ ...fact, id, profileKey });
}

function damageProfile(
  journey: MemoryJourney,
  profile: ProfileState,
  { what, from }: { readonly what: Damage['what']; readonly from: ProfileState | undefined },
): void {
  const put = (changed: Partial<ProfileState>) =>
    void journey.profiles.write({} as never, [{ after: { ...profile, ...changed } }]);
  const { standing } = profile;
  if (what === 'standing deleted') put({ standing: undefined });
  if (what === 'standing of another profile') put({ standing: from?.standing });
  if (what === 'state emptied' && standing !== undefined)
    put({ standing: { ...standing, state: {} } });
  if (what === 'segments changed') put({ segments: [{ value: 'lead', at: 0 }] });
  if (what === 'deadline forgotten') put({ dueAt: undefined });
}

/** Everything that a replay answers for, checkpoints aside: they are found at work. */
export function derivedState({ facts, profiles, archive }: MemoryJourney) {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  return {
    facts: facts.current().sort(byId),
    profiles: [...profiles.rows.values()].map(({ profileKey, segments, standing, quarantine }) => ({
      profileKey,
      segments,
      standing: standing && { tail: standing.tail, state: standing.state },
      quarantine,
    })),
    rows: [...archive.rows.values()]
      .filter(({ withdrawn }) => !withdrawn)
      .map(({ source, id, factIds, isSequential }) => ({ source, id, factIds, isSequential })),
  };
}
