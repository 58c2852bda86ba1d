import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Transaction } from '#storage';
import type { Neighbourhood, StructureChanges } from '../../application/ports.js';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import { callsAfter, say, saidArbitrary } from '../../testing/callers.fixture.js';
import type { Said } from '../../testing/callers.fixture.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
} from '../../testing/canonical-people.fixture.js';
import {
  crowdArbitrary,
  historyArbitrary,
  nameOf,
  rulesArbitrary,
} from '../../testing/histories.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import { PostgresIdentityStore } from './postgres-identity.store.js';

/** Counts the batches in which identifiers found their profile without a region being loaded. */
class CountingStore extends PostgresIdentityStore {
  quickBatches = 0;
  private readonly loading = new WeakSet<Transaction>();

  override neighbourhood(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<Neighbourhood> {
    this.loading.add(transaction);
    return super.neighbourhood(transaction, names);
  }

  override async writeStructure(
    transaction: Transaction,
    changes: StructureChanges,
  ): Promise<void> {
    if (changes.identifiers.length > 0 && !this.loading.has(transaction)) this.quickBatches += 1;
    await super.writeStructure(transaction, changes);
  }
}

const store = new CountingStore();
let identity: IdentityOnPostgres;

beforeAll(async () => {
  identity = await identityOnPostgres(store);
}, 60_000);

afterAll(() => identity.close());

/** Every worker has its own part of the history and goes through it in batches of three. */
async function work(history: readonly Sighting[]): Promise<void> {
  for (let from = 0; from < history.length; from += 3) {
    await identity.resolve(history.slice(from, from + 3));
  }
}

async function call(said: readonly Said[]): Promise<void> {
  for (const one of said) await say(identity.callers, one);
}

describe('identity on Postgres', () => {
  it.each([
    ['conflicts', historyArbitrary],
    ['many cookies', crowdArbitrary],
  ])(
    'with three workers and a caller at once, ends where resolving from scratch ends: %s',
    async (_, arbitrary) => {
      store.quickBatches = 0;
      await fc.assert(
        fc.asyncProperty(arbitrary, saidArbitrary, rulesArbitrary, async (history, said, rules) => {
          await identity.startOver(rules);
          const parts = [0, 1, 2].map((part) => history.filter((_, index) => index % 3 === part));
          await Promise.all([...parts.map(work), call(said)]);
          const calls = callsAfter(said);
          const people = resolveFromScratch({ sightings: history, calls, rules, nameOf });
          const kept = await identity.people();
          expect(canonicalStore(kept)).toEqual(canonicalPeople(people));
          expect(misfiled(kept)).toEqual([]);
          expect(misdated(kept)).toEqual([]);
          expect(misdescribed(kept, kept.calls)).toEqual([]);
        }),
        { numRuns: Number(process.env['IDENTITY_PG_RUNS'] ?? 50) },
      );
      expect(store.quickBatches).toBeGreaterThan(0);
    },
    120_000,
  );
});
