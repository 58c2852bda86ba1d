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
import { ERASED_AT, requestOf, sceneArbitrary } from '../../testing/erasure-scenes.fixture.js';
import { erase, livingRoots } from '../../testing/erasing.fixture.js';
import { SECRET, TENANT } from '../../testing/histories.fixture.js';
import { canonicalJson, keyedHash } from '#kernel';
import { PlanProfileErasure } from '../../application/erasing/plan-profile-erasure.js';
import { PostgresErasureStore } from './postgres-erasure.store.js';
import { PostgresIdentityStore } from './postgres-identity.store.js';
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

/** Lists as sets; a filing's members in no order. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(unordered)
      .map((one) => canonicalJson(one))
      .sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unordered(one)]));
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

  it('is planned from the tables as from the people', async () => {
    const secret = { value: SECRET };
    const plan = new PlanProfileErasure(
      new PostgresIdentityStore(),
      new PostgresErasureStore(),
      identity.reader,
      secret,
    );
    await fc.assert(
      fc.asyncProperty(sceneArbitrary, fc.nat(), async ({ world, erasures: [first] }, pick) => {
        await identity.startOver(world.rules);
        await work(world.sightings);
        if (first) await identity.erase(requestOf(first));
        const erasures = first ? [first] : [];
        const kept = { ...world, calls: [], erasures };
        const roots = livingRoots(resolveFromScratch(kept));
        const root = roots[pick % Math.max(roots.length, 1)];
        if (root === undefined) return;
        const asked = { tenant: TENANT, id: root, now: ERASED_AT + 20_000 };
        const parts = await identity.storage.unitOfWork.run((transaction) =>
          plan.execute(transaction, asked),
        );
        const [part] = parts ?? [];
        const { erasureId = '' } = part ?? {};
        const book = erase(kept, root, { erasureId, at: asked.now });
        const known = new Set(first?.calls.map(({ callId }) => callId));
        const calls = book.calls.map(({ callId, ...call }) => {
          const isOwn = callId.startsWith('alias ') && !known.has(callId);
          return { ...call, callId: isOwn ? keyedHash(SECRET, 'alias', callId) : callId };
        });
        expect(unordered({ ...part })).toEqual(unordered(requestOf({ ...book, calls })));
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
