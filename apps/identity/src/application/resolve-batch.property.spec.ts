import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryIdentityStore } from '../adapters/memory/memory-identity.store.js';
import { resolveFromScratch } from '../domain/resolve-from-scratch.js';
import type { Sighting } from '../domain/resolve-from-scratch.js';
import { CompiledRules } from '../domain/rules.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misfiled,
} from '../testing/canonical-people.fixture.js';
import type { StoredPeople } from '../testing/canonical-people.fixture.js';
import {
  SECRET,
  TENANT,
  historyArbitrary,
  nameOf,
  recordOf,
  rulesArbitrary,
} from '../testing/histories.fixture.js';
import { ResolveBatch } from './resolve-batch.js';

const transaction = { query: () => Promise.reject(new Error('no database here')) };
const unitOfWork = { revision: (counter: number) => counter };

async function runThrough(
  batches: readonly (readonly Sighting[])[],
  rules: CompiledRules,
): Promise<StoredPeople> {
  const store = new MemoryIdentityStore();
  store.rulesRows.set(TENANT, rules.rules);
  const resolve = new ResolveBatch(unitOfWork as never, store, { value: SECRET });
  for (const batch of batches)
    await resolve.resolve(
      transaction as never,
      batch.map((s, i) => recordOf(s, i)),
    );
  return {
    filings: store.filingRows.values(),
    identifiers: store.identifierRows.values(),
    links: store.linkRows.values(),
    profiles: store.profileRows.values(),
    decisions: store.decisionRows,
  };
}

function cutUp<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  let from = 0;
  for (let turn = 0; from < items.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(items.slice(from, from + size));
    from += size;
  }
  return batches;
}

const keep = (people: StoredPeople): StoredPeople => ({
  filings: [...people.filings],
  identifiers: [...people.identifiers],
  links: [...people.links],
  profiles: [...people.profiles],
  decisions: people.decisions,
});

describe('resolving in batches', () => {
  it('ends where resolving from scratch ends, whatever the order, batches and repeats', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        rulesArbitrary,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(29), { maxLength: 6 }),
        async (history, rules, sizes, repeats) => {
          const repeated = repeats.flatMap((index) => history[index] ?? []);
          const stored = keep(await runThrough(cutUp([...history, ...repeated], sizes), rules));
          const people = resolveFromScratch({ sightings: history, calls: [], rules, nameOf });
          expect(canonicalStore(stored)).toEqual(canonicalPeople(people));
          expect(misfiled(stored)).toEqual([]);
          expect(misdated(stored)).toEqual([]);
        },
      ),
      { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 1_000) },
    );
  }, 120_000);
});
