import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { callsAfter, saidArbitrary } from '../../testing/callers.fixture.js';
import { historyArbitrary, nameOf, rulesArbitrary } from '../../testing/histories.fixture.js';
import { situationIn } from '../../testing/situations.fixture.js';
import type { Call } from '../call.js';
import { pairKey } from '../links.js';
import { aliasesOf, resolveFromScratch } from '../resolve-from-scratch.js';
import type { People, Sighting } from '../resolve-from-scratch.js';
import type { CompiledRules } from '../rules.js';
import { explainPair } from './explain-pair.js';
import { tell } from './words.js';

interface Company {
  readonly people: People;
  readonly calls: readonly Call[];
  readonly rules: CompiledRules;
}

/** Without versions, so that every alias of the history is one in force. */
const companyArbitrary: fc.Arbitrary<Company> = fc
  .tuple(historyArbitrary, saidArbitrary, rulesArbitrary)
  .map(([history, said, rules]) => {
    const sightings = history.map((one, index): Sighting => ({ ...one, id: String(index) }));
    const declared = callsAfter(said);
    const people = resolveFromScratch({ sightings, calls: declared, rules, nameOf });
    const aliases = sightings.flatMap((one) => aliasesOf(one, { rules, nameOf }));
    return { people, calls: [...declared, ...aliases], rules };
  });

function forEveryPair(
  { people, ...rest }: Company,
  check: (pair: readonly [string, string], situation: ReturnType<typeof situationIn>) => void,
): void {
  const names = [...people.firstSeen.keys()];
  for (const [index, a] of names.entries()) {
    for (const b of names.slice(index)) check([a, b], situationIn(people, [a, b], rest));
  }
}

describe('the explanation of a pair', () => {
  it('says together exactly for members of one profile, by an unbroken chain of links and merge calls', () => {
    fc.assert(
      fc.property(companyArbitrary, (company) => {
        const rootOf = new Map(
          company.people.profiles.flatMap(({ root, members }) =>
            members.map((name) => [name, root] as const),
          ),
        );
        forEveryPair(company, ([a, b], situation) => {
          const { together, chain, profileIds } = explainPair(situation);
          expect(together).toBe(rootOf.get(a) === rootOf.get(b));
          expect(new Set(profileIds)).toEqual(new Set([rootOf.get(a), rootOf.get(b)]));
          if (!together || a === b) return;
          expect([chain[0]?.from, chain.at(-1)?.to]).toEqual([a, b]);
          for (const [index, { from, to, call }] of chain.entries()) {
            if (index > 0) expect(from).toBe(chain[index - 1]?.to);
            expect(rootOf.get(to)).toBe(rootOf.get(a));
            expect(call !== null || company.people.links.has(pairKey(from, to))).toBe(true);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('names at least one reason for every pair that is apart, and tells it', () => {
    fc.assert(
      fc.property(companyArbitrary, (company) => {
        forEveryPair(company, ([a, b], situation) => {
          const explanation = explainPair(situation);
          if (explanation.together) return;
          expect(explanation.apart.length).toBeGreaterThan(0);
          expect(tell(situation, explanation)).toMatch(/^\S+ and \S+ are not known.*\.$/u);
          const isLinked = company.people.links.has(pairKey(a, b));
          const codes = explanation.apart.map(({ code }) => code);
          // What one interaction carried is kept apart by a reason that was recorded.
          if (isLinked) expect(codes).not.toContain('never-seen-together');
        });
      }),
      { numRuns: 300 },
    );
  });
});
