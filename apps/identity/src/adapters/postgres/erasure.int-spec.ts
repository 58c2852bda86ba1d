import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
} from '../../testing/canonical-people.fixture.js';
import { requestOf, sceneArbitrary } from '../../testing/erasure-scenes.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';

let identity: IdentityOnPostgres;

beforeAll(async () => {
  identity = await identityOnPostgres();
}, 60_000);

afterAll(() => identity.close());

async function work(history: readonly Sighting[]): Promise<void> {
  for (let from = 0; from < history.length; from += 3) {
    await identity.resolve(history.slice(from, from + 3));
  }
}

describe('an erasure on Postgres', () => {
  it('beside three workers, ends where a world without the erased ends', async () => {
    await fc.assert(
      fc.asyncProperty(sceneArbitrary, async ({ world, erasures }) => {
        const { sightings, rules } = world;
        await identity.startOver(rules);
        const parts = [0, 1, 2].map((part) => sightings.filter((_, index) => index % 3 === part));
        const requests = erasures.map(requestOf);
        await Promise.all([...parts.map(work), ...requests.map((one) => identity.erase(one))]);
        const calls = erasures.flatMap((erasure) => erasure.calls);
        const bare = { ...world, calls: [], erasures: erasures.map((one) => ({ ...one, calls })) };
        const kept = await identity.people();
        expect(canonicalStore(kept)).toEqual(canonicalPeople(resolveFromScratch(bare)));
        expect(misfiled(kept)).toEqual([]);
        expect(misdated(kept)).toEqual([]);
        expect(misdescribed(kept, kept.calls)).toEqual([]);
      }),
      { numRuns: Number(process.env['IDENTITY_PG_RUNS'] ?? 50) },
    );
  }, 120_000);

  it('is known when it comes again', async () => {
    await fc.assert(
      fc.asyncProperty(sceneArbitrary, async ({ world, erasures }) => {
        await identity.startOver(world.rules);
        await work(world.sightings);
        for (const one of erasures) await identity.erase(requestOf(one));
        for (const one of erasures) expect(await identity.erase(requestOf(one))).toEqual([]);
      }),
      { numRuns: 5 },
    );
  }, 60_000);
});
