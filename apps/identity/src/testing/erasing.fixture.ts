/** A profile of a world, erased by the book: naive, from the people found. */
import { keyedHash } from '#kernel';
import { erasureOf } from '#contracts';
import { Erased, readSighting } from '../domain/erasure.js';
import type { Erasure } from '../domain/erasure.js';
import { cover, nameFiling, takesPlaceOf } from '../domain/evidence.js';
import { classify } from '../domain/identifier.js';
import { planErasure } from '../domain/plan-erasure.js';
import {
  aliasesOf,
  callsLeft,
  resolveFromScratch,
  usableConversation,
} from '../domain/resolve-from-scratch.js';
import type { FiledSet, People, Sighting, World } from '../domain/resolve-from-scratch.js';
import { SECRET, nameOf } from './histories.fixture.js';

export function hashOf({ tenant, source, id }: Sighting): string {
  return keyedHash(SECRET, 'interaction', tenant, source, id);
}

interface Winner {
  readonly sighting: Sighting;
  readonly filing: string;
}

/** What counts of a world that may have been erased from before, and where it is filed. */
export function winnersLeft({ sightings, rules, erasures = [] }: World): readonly Winner[] {
  const erased = new Erased(erasures);
  const winners = new Map<string, Sighting>();
  for (const sighting of sightings) {
    if (erased.holds(hashOf(sighting))) continue;
    const current = winners.get(hashOf(sighting));
    if (!current || takesPlaceOf(sighting, current)) winners.set(hashOf(sighting), sighting);
  }
  return [...winners.values()].map((winner) => {
    const sighting = readSighting(winner, erased, nameOf);
    const { usable } = classify(sighting.identifiers, rules);
    const conversation = usableConversation(sighting.conversation);
    const { filing } = nameFiling({ ...sighting, conversation, identifiers: usable }, rules);
    return { sighting, filing };
  });
}

function filedSets(winners: readonly Winner[], world: World): Map<string, FiledSet> {
  const sets = new Map<string, FiledSet>();
  for (const { sighting, filing } of winners) {
    const { at, source, id, isWithdrawn } = sighting;
    const { usable } = classify(sighting.identifiers, world.rules);
    const conversation = usableConversation(sighting.conversation);
    const { unit } = nameFiling({ ...sighting, conversation, identifiers: usable }, world.rules);
    const members = usable.map((identifier) => ({ ...identifier, name: nameOf(identifier) }));
    const set = sets.get(filing) ?? { filing, unit, members, span: undefined };
    const evidence = { at, source, id };
    if (!isWithdrawn) set.span = cover(set.span, { first: evidence, last: evidence });
    sets.set(filing, set);
  }
  return sets;
}

/** The living profiles, by root. */
export function livingRoots(people: People): readonly string[] {
  return people.profiles
    .map(({ root }) => root)
    .filter((root) => erasureOf(people.firstSeen.get(root) ?? { value: '' }) === undefined);
}

export function erase(
  world: World,
  root: string,
  moment: { erasureId: string; at: number },
): Erasure {
  const people = resolveFromScratch(world);
  const names = people.profiles.find((profile) => profile.root === root)?.members ?? [];
  const held = names.flatMap((name) => people.firstSeen.get(name) ?? []);
  const winners = winnersLeft(world);
  const isOwn = (filing: string): boolean => names.includes(people.owners.get(filing) ?? '');
  const sets = filedSets(winners, world);
  const own = winners.filter(({ filing }) => isOwn(filing));
  const others = [...sets.values()].filter(({ filing, span }) => span && !isOwn(filing));
  const plan = {
    ...moment,
    held,
    filings: [...sets.values()].filter(({ filing }) => isOwn(filing)),
    interactions: own.map(({ sighting }) => hashOf(sighting)),
    carriedByOthers: new Set(others.flatMap(({ members }) => members.map(({ name }) => name))),
    unitsOfOthers: new Set(others.map(({ unit }) => unit)),
    calls: own.flatMap(({ sighting }) => aliasesOf(sighting, world)),
  };
  const erased = planErasure(plan, nameOf).identifiers.map(({ name }) => name);
  const about = callsLeft(world).filter(({ a, b }) => erased.includes(a) || erased.includes(b));
  return planErasure({ ...plan, calls: [...plan.calls, ...about] }, nameOf);
}
