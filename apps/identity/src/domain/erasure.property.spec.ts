import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalPeople } from '../testing/canonical-people.fixture.js';
import { erase, hashOf, livingRoots, winnersLeft } from '../testing/erasing.fixture.js';
import {
  historyArbitrary,
  identifierArbitrary,
  nameOf,
  rulesArbitrary,
} from '../testing/histories.fixture.js';
import type { Identifier } from '#contracts';
import type { Call } from './call.js';
import { erasureOf, ghostOf } from '#contracts';
import type { Erasure } from './erasure.js';
import { groupBy } from './group-by.js';
import type { Node } from './identifier.js';
import { pairKey } from './links.js';
import { aliasesOf, resolveFromScratch } from './resolve-from-scratch.js';
import type { People, Sighting, World } from './resolve-from-scratch.js';

const RUNS = { numRuns: 1_000 };
const ERASED_AT = 50_000;
const LATER = 60_000;

const callArbitrary: fc.Arbitrary<Call> = fc
  .record({
    kind: fc.constantFrom<Call['kind']>('merge', 'unmerge'),
    a: identifierArbitrary,
    b: identifierArbitrary,
    at: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ kind, a, b, at }) => {
    const [nameA, nameB] = [nameOf(a), nameOf(b)];
    return { callId: `${kind} ${pairKey(nameA, nameB)} ${at}`, kind, a: nameA, b: nameB, at };
  });

/** Everything at an instant of its own: of two things at one, blanking an erased one may change which is first. */
const apart = (history: readonly Sighting[]): Sighting[] =>
  history.map((sighting, index) => ({ ...sighting, at: sighting.at + index }));

const worldArbitrary: fc.Arbitrary<World> = fc
  .record({
    sightings: historyArbitrary.map(apart),
    calls: fc.array(callArbitrary, { maxLength: 4 }),
    rules: rulesArbitrary,
  })
  .map((parts) => ({ ...parts, nameOf, hashOf, erasures: [] }));

const ALIASED: Sighting = {
  tenant: 'default',
  source: 'web',
  id: '1',
  type: 'profile.aliased',
  at: 1,
  receivedAt: 1,
  version: 0,
  contentHash: '',
  conversation: undefined,
  isWithdrawn: false,
  identifiers: [],
};

interface Scene {
  readonly before: World;
  readonly after: World;
  readonly erasure: Erasure;
}

/** A world, and the same after one of its profiles was erased. */
const sceneArbitrary: fc.Arbitrary<Scene> = fc
  .tuple(worldArbitrary, fc.nat())
  .map(([before, pick]) => sceneOf(before, pick, 'e1'))
  .filter((scene): scene is Scene => scene !== undefined);

function sceneOf(before: World, pick: number, erasureId: string): Scene | undefined {
  const roots = livingRoots(resolveFromScratch(before));
  const root = roots[pick % Math.max(roots.length, 1)];
  if (root === undefined) return undefined;
  const erasure = erase(before, root, { erasureId, at: ERASED_AT });
  const erasures = [...(before.erasures ?? []), erasure];
  return { before, erasure, after: { ...before, erasures } };
}

/** Of the living: each with those that are one person with it. */
function companies(people: People): Map<string, ReadonlySet<string>> {
  return new Map(
    people.profiles.flatMap(({ members }) => {
      const company = new Set(members);
      return members.map((name): [string, ReadonlySet<string>] => [name, company]);
    }),
  );
}

const isGhost = (people: People, name: string): boolean =>
  erasureOf(people.firstSeen.get(name) ?? { value: '' }) !== undefined;

/**
 * Where somebody may gain (decision 0010): another person's identifier was known from what was erased only, and that person goes on
 * without it; or an erased identifier was first seen together with a living one of its strength, and only values told which is first.
 */
function isKnownToChange({ rules }: World, was: People, erasure: Erasure): boolean {
  const gone = new Set(erasure.identifiers.map(({ name }) => name));
  const robbed = was.profiles.filter(({ members }) => members.some((name) => gone.has(name)));
  if (robbed.some(({ members }) => members.some((name) => !gone.has(name)))) return true;
  const placeOf = ({ type, first }: Node): string =>
    `${rules.strength(type).level} ${first.at} ${first.source} ${first.id}`;
  const places = groupBy(was.firstSeen.values(), placeOf);
  return [...places.values()].some(
    (nodes) => new Set(nodes.map(({ name }) => gone.has(name))).size > 1,
  );
}

describe('an erasure', () => {
  it('is as if the interactions had never been sent, and as if it had come first', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ after, erasure }) => {
        const gone = new Set(erasure.interactions);
        const never = after.sightings.filter((sighting) => !gone.has(hashOf(sighting)));
        const without = { ...after, sightings: [...never].reverse() };
        expect(canonicalPeople(resolveFromScratch(without))).toEqual(
          canonicalPeople(resolveFromScratch(after)),
        );
      }),
      RUNS,
    );
  });

  // Where a disputed identifier goes to the first or the last that claims it, counterexamples are known (decision 0010).
  it('gives nobody anything where disputes are split: who was apart stays apart', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ before, after, erasure }) => {
        fc.pre(before.rules.rules.levels.flat().every(({ onConflict }) => onConflict === 'split'));
        const [was, is] = [resolveFromScratch(before), resolveFromScratch(after)];
        const [companyWas, companyIs] = [companies(was), companies(is)];
        fc.pre(!isKnownToChange(before, was, erasure));
        for (const [name, company] of companyIs) {
          if (isGhost(is, name)) continue;
          for (const other of company) expect(companyWas.get(name)?.has(other)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('leaves ghosts among themselves, and nothing filed under them', () => {
    fc.assert(
      fc.property(sceneArbitrary, fc.nat(), ({ after }, pick) => {
        const people = resolveFromScratch(sceneOf(after, pick, 'e2')?.after ?? after);
        for (const { members } of people.profiles) {
          const ghosts = new Set(
            members.map((name) => erasureOf(people.firstSeen.get(name) ?? { value: '' })),
          );
          expect(ghosts.size).toBe(1);
        }
        for (const owner of people.owners.values()) {
          expect(owner !== null && isGhost(people, owner)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('takes every identifier of the person out of what is left', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ after, erasure }) => {
        const carried = winnersLeft(after).flatMap(({ sighting }) => sighting.identifiers);
        const names = new Set(carried.map(nameOf));
        expect(erasure.identifiers.filter(({ name }) => names.has(name))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ after, erasure }) => {
        const twice = { ...after, erasures: [erasure, ...(after.erasures ?? [])] };
        expect(canonicalPeople(resolveFromScratch(twice))).toEqual(
          canonicalPeople(resolveFromScratch(after)),
        );
      }),
      RUNS,
    );
  });

  it('is for ever: no later version of what it took comes back', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ after, erasure }) => {
        const gone = new Set(erasure.interactions);
        const again = after.sightings
          .filter((sighting) => gone.has(hashOf(sighting)))
          .map((sighting) => ({ ...sighting, version: 9, receivedAt: LATER }));
        const replayed = { ...after, sightings: [...after.sightings, ...again] };
        expect(canonicalPeople(resolveFromScratch(replayed))).toEqual(
          canonicalPeople(resolveFromScratch(after)),
        );
      }),
      RUNS,
    );
  });

  it('lets the same customer begin anew, alone, with what is sent later', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ before, after, erasure }) => {
        const people = resolveFromScratch(before);
        const identifiers = erasure.identifiers.flatMap(
          ({ name }) => people.firstSeen.get(name) ?? [],
        );
        const fresh = identifiers.map(({ type, value }, index): Sighting => ({
          tenant: 'default',
          source: 'new',
          id: String(index),
          type: 'page.viewed',
          at: LATER,
          receivedAt: LATER,
          version: 0,
          contentHash: '',
          conversation: undefined,
          isWithdrawn: false,
          identifiers: [{ type, value }],
        }));
        const found = resolveFromScratch({
          ...after,
          calls: [],
          sightings: [...after.sightings, ...fresh],
        });
        for (const { name } of identifiers) {
          expect(found.standings.get(name)).toBe('person');
          expect([...(companies(found).get(name) ?? [])]).toEqual([name]);
        }
      }),
      RUNS,
    );
  });

  it('leaves who is paired with whom by an alias, however its ghosts are called', () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.nat({ max: 3 }), fc.uuid(), (rules, erased, erasureId) => {
        const identifiers = ['e1', 'e2', 'e3', 'e4'].map((value) => ({ type: 'email', value }));
        const ghost = (identifier: Identifier): Identifier =>
          ghostOf(erasureId, { type: identifier.type, name: nameOf(identifier) });
        const left = identifiers.map((one, index) => (index === erased ? ghost(one) : one));
        const pairs = (carried: readonly Identifier[]): string[] =>
          aliasesOf({ ...ALIASED, identifiers: carried }, { rules, nameOf }).map(({ a, b }) => {
            const places = carried.map(nameOf);
            return [a, b].map((name) => places.indexOf(name)).join();
          });
        expect(pairs(left)).toEqual(pairs(identifiers));
        expect(pairs(left)).toHaveLength(3);
      }),
    );
  });
});
