/** Random worlds with one or two of their people erased, as an installation that knew the past would have asked for it. */
import fc from 'fast-check';
import type { ErasureRequested } from '#contracts';
import type { Call } from '../domain/call.js';
import type { Erasure } from '../domain/erasure.js';
import { resolveFromScratch } from '../domain/resolve-from-scratch.js';
import type { World } from '../domain/resolve-from-scratch.js';
import { erase, hashOf, livingRoots } from './erasing.fixture.js';
import {
  TENANT,
  historyArbitrary,
  identifierArbitrary,
  nameOf,
  rulesArbitrary,
} from './histories.fixture.js';

export const ERASED_AT = 50_000;
const LATER = 60_000;

export function requestOf(erasure: Erasure): ErasureRequested {
  const at = new Date(erasure.at).toISOString();
  return { ...erasure, tenant: TENANT, at, part: 1, parts: 1 };
}

const callArbitrary: fc.Arbitrary<Call> = fc
  .record({
    kind: fc.constantFrom<Call['kind']>('merge', 'unmerge'),
    a: identifierArbitrary,
    b: identifierArbitrary,
    at: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ kind, at, ...ends }) => {
    const [a = '', b = ''] = [nameOf(ends.a), nameOf(ends.b)].sort();
    return { callId: `${kind} ${a} ${b} ${at}`, kind, a, b, at };
  });

/** Some of it is received after the erasure. */
const worldArbitrary: fc.Arbitrary<World> = fc
  .record({
    sightings: historyArbitrary.map((history) =>
      history.map((sighting) =>
        sighting.source === 'desk' && Number(sighting.id) % 3 === 0
          ? { ...sighting, receivedAt: LATER }
          : sighting,
      ),
    ),
    calls: fc.uniqueArray(callArbitrary, { maxLength: 3, selector: ({ callId }) => callId }),
    rules: rulesArbitrary,
  })
  .map((parts) => ({ ...parts, nameOf, hashOf, erasures: [] }));

export interface Scene {
  readonly world: World;
  readonly erasures: readonly Erasure[];
}

/** What an installation that knew all of the past would have asked for, once or twice. */
function sceneOf(world: World, picks: readonly number[]): Scene {
  let before: World = {
    ...world,
    sightings: world.sightings.filter(({ receivedAt }) => receivedAt < ERASED_AT),
  };
  const erasures: Erasure[] = [];
  for (const [index, pick] of picks.entries()) {
    const roots = livingRoots(resolveFromScratch(before));
    const root = roots[pick % Math.max(roots.length, 1)];
    if (root === undefined) continue;
    erasures.push(erase(before, root, { erasureId: `e${index}`, at: ERASED_AT + index }));
    before = { ...before, erasures: [...erasures] };
  }
  return { world, erasures };
}

export const sceneArbitrary = fc
  .tuple(worldArbitrary, fc.array(fc.nat(), { minLength: 1, maxLength: 2 }))
  .map(([world, picks]) => sceneOf(world, picks));
