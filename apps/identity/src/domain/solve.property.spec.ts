import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  TENANT,
  historyArbitrary,
  identifierArbitrary,
  nameOf,
  rulesArbitrary,
} from '../testing/histories.fixture.js';
import { canonicalPeople } from '../testing/canonical-people.fixture.js';
import { callsInForce } from './call.js';
import type { Call } from './call.js';
import { pairKey, splitPair } from './links.js';
import { resolveFromScratch } from './resolve-from-scratch.js';
import type { People, Sighting } from './resolve-from-scratch.js';
import { CompiledRules, DEFAULT_RULES } from './rules.js';

const RUNS = { numRuns: 1_000 };

const callArbitrary: fc.Arbitrary<Call> = fc
  .record({
    kind: fc.constantFrom<Call['kind']>('merge', 'merge', 'unmerge'),
    a: identifierArbitrary,
    b: identifierArbitrary,
    at: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ kind, a, b, at }) => {
    const [nameA, nameB] = [nameOf(a), nameOf(b)];
    return { callId: `${kind} ${pairKey(nameA, nameB)} ${at}`, kind, a: nameA, b: nameB, at };
  });

const callsArbitrary = fc.array(callArbitrary, { maxLength: 5 });

const people = (
  sightings: readonly Sighting[],
  calls: readonly Call[],
  rules: CompiledRules,
): People => resolveFromScratch({ sightings, calls, rules, nameOf });

const typesIn = (found: People, members: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const name of members) {
    const type = found.firstSeen.get(name)?.type ?? '';
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
};

const fits = (found: People, members: readonly string[], rules: CompiledRules): boolean =>
  [...typesIn(found, members)].every(([type, count]) => count <= rules.strength(type).perProfile);

/** Written apart from the order that the solve uses. */
function compareTuples(a: readonly unknown[] = [], b: readonly unknown[] = []): number {
  for (const [index, own] of a.entries()) {
    const other = b[index];
    if (own !== other) return (own as string | number) < (other as string | number) ? -1 : 1;
  }
  return 0;
}

const withoutAliases = (history: readonly Sighting[]): Sighting[] =>
  history.map((sighting) => ({ ...sighting, type: 'page.viewed' }));

describe('people found', () => {
  it('do not depend on the order of sightings, calls, or repeats', () => {
    fc.assert(
      fc.property(
        historyArbitrary.chain((history) =>
          fc.tuple(
            fc.constant(history),
            fc.shuffledSubarray(history, { minLength: history.length }),
          ),
        ),
        callsArbitrary,
        rulesArbitrary,
        ([history, shuffled], calls, rules) => {
          const repeated = [...shuffled, ...shuffled.slice(0, 5)];
          const again = people(repeated, [...calls].reverse(), rules);
          expect(canonicalPeople(again)).toEqual(canonicalPeople(people(history, calls, rules)));
        },
      ),
      RUNS,
    );
  });

  it('are never put together against a limit by evidence', () => {
    fc.assert(
      fc.property(historyArbitrary, rulesArbitrary, (history, rules) => {
        const found = people(withoutAliases(history), [], rules);
        for (const { members } of found.profiles) expect(fits(found, members, rules)).toBe(true);
      }),
      RUNS,
    );
  });

  it('are never put together against a negative link', () => {
    fc.assert(
      fc.property(historyArbitrary, callsArbitrary, rulesArbitrary, (history, calls, rules) => {
        const found = people(withoutAliases(history), calls, rules);
        const { negatives } = callsInForce(calls, (name) => found.firstSeen.has(name));
        const rootOf = new Map(
          found.profiles.flatMap(({ root, members }) => members.map((name) => [name, root])),
        );
        for (const pair of negatives) {
          const [a, b] = splitPair(pair);
          expect(rootOf.get(a)).not.toBe(rootOf.get(b));
        }
      }),
      RUNS,
    );
  });

  it('are connected components when nothing conflicts', () => {
    const rules = new CompiledRules({
      ...DEFAULT_RULES,
      levels: DEFAULT_RULES.levels.map((types) =>
        types.map((type) => ({ ...type, perProfile: null })),
      ),
    });
    fc.assert(
      fc.property(historyArbitrary, (history) => {
        const found = people(history, [], rules);
        expect(found.profiles.map((profile) => [...profile.members].sort())).toEqual(
          expect.arrayContaining(components(found)),
        );
        expect(found.decisions).toEqual([]);
      }),
      RUNS,
    );
  });

  it('every identifier stands in exactly one profile, and shared ones alone', () => {
    fc.assert(
      fc.property(historyArbitrary, callsArbitrary, rulesArbitrary, (history, calls, rules) => {
        const found = people(history, calls, rules);
        const all = found.profiles.flatMap((profile) => profile.members).sort();
        expect(all).toEqual([...found.firstSeen.keys()].sort());
        for (const { standing, members } of found.profiles) {
          if (standing === 'shared' || standing === 'hub') expect(members).toHaveLength(1);
        }
      }),
      RUNS,
    );
  });

  it('are named by their root: of the strongest type in them, the identifier seen first', () => {
    fc.assert(
      fc.property(historyArbitrary, rulesArbitrary, (history, rules) => {
        const found = people(history, [], rules);
        const seen = (name: string) => {
          const { type, value, first } = found.firstSeen.get(name) ?? {};
          const place = first && [first.at, first.source, first.id, type, value];
          return { level: rules.strength(type ?? '').level, place };
        };
        for (const { root, members } of found.profiles) {
          const own = seen(root);
          for (const other of members.map(seen).filter(({ level }) => level <= own.level)) {
            expect(other.level).toBe(own.level);
            expect(compareTuples(own.place, other.place)).toBeLessThanOrEqual(0);
          }
        }
      }),
      RUNS,
    );
  });

  it('a merge that is unmerged later leaves the unmerge alone; one that is withdrawn, nothing', () => {
    fc.assert(
      fc.property(
        historyArbitrary,
        callsArbitrary,
        callArbitrary,
        rulesArbitrary,
        (history, calls, call, rules) => {
          const merge: Call = { ...call, callId: 'merge', kind: 'merge', at: 100 };
          const unmerge: Call = { ...call, callId: 'unmerge', kind: 'unmerge', at: 100 };
          const both = people(history, [...calls, merge, unmerge], rules);
          const alone = people(history, [...calls, unmerge], rules);
          expect(canonicalPeople(both)).toEqual(canonicalPeople(alone));
          const withdrawn = [...calls, merge].filter((one) => one.callId !== 'merge');
          expect(canonicalPeople(people(history, withdrawn, rules))).toEqual(
            canonicalPeople(people(history, calls, rules)),
          );
        },
      ),
      RUNS,
    );
  });

  it('a merge call joins its ends unless a negative link or a hub forbids it', () => {
    fc.assert(
      fc.property(historyArbitrary, callArbitrary, rulesArbitrary, (history, call, rules) => {
        const sightings = withoutAliases(history);
        const found = people(sightings, [{ ...call, kind: 'merge' }], rules);
        const ends = [call.a, call.b];
        fc.pre(call.a !== call.b && ends.every((name) => found.firstSeen.has(name)));
        fc.pre(ends.every((name) => found.standings.get(name) !== 'hub'));
        const holder = found.profiles.find((profile) => profile.members.includes(call.a));
        expect(holder?.members).toContain(call.b);
      }),
      RUNS,
    );
  });

  it('evidence about strangers changes nothing', () => {
    fc.assert(
      fc.property(historyArbitrary, rulesArbitrary, (history, rules) => {
        const strangers = history.map((sighting) => ({
          ...sighting,
          tenant: TENANT,
          source: `other ${sighting.source}`,
          identifiers: sighting.identifiers.map(({ type, value }) => ({
            type,
            value: `other ${value}`,
          })),
        }));
        const before = people(history, [], rules);
        const after = people([...history, ...strangers], [], rules);
        const ids = new Set(before.profiles.map((profile) => profile.root));
        expect(after.profiles.filter((profile) => ids.has(profile.root))).toEqual(before.profiles);
      }),
      RUNS,
    );
  });
});

/** Connected components of the links, without the hubs. */
function components(found: People): string[][] {
  const hubs = new Set([...found.standings].filter(([, s]) => s === 'hub').map(([name]) => name));
  const left = new Set([...found.firstSeen.keys()].filter((name) => !hubs.has(name)));
  const result: string[][] = [];
  for (const start of left) {
    const component = [start];
    left.delete(start);
    for (const name of component) {
      component.push(...linkedTo(found, name).filter((other) => left.delete(other)));
    }
    result.push(component.sort());
  }
  return result;
}

function linkedTo(found: People, name: string): string[] {
  return [...found.links.keys()]
    .map(splitPair)
    .filter((pair) => pair.includes(name))
    .map(([a, b]) => (a === name ? b : a));
}
