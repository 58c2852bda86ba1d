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
  identifierArbitrary,
  nameOf,
  recordOf,
  rulesArbitrary,
} from '../testing/histories.fixture.js';
import type { Call } from '../domain/call.js';
import { publishOutcome } from './resolving/publish-outcome.js';
import { ResolveBatch } from './resolve-batch.js';
import { restructure } from './resolving/restructure.js';
import { Workspace } from './resolving/workspace.js';

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
  return peopleIn(store);
}

function peopleIn(store: MemoryIdentityStore): StoredPeople {
  return {
    filings: [...store.filingRows.values()],
    identifiers: [...store.identifierRows.values()],
    links: [...store.linkRows.values()],
    profiles: [...store.profileRows.values()],
    decisions: store.decisionRows,
  };
}

/** What a call over HTTP does: declares, then settles what it can reach. */
async function declare(
  store: MemoryIdentityStore,
  call: Call,
  rules: CompiledRules,
): Promise<void> {
  const workspace = new Workspace();
  workspace.setRules(TENANT, rules);
  const site = { transaction: transaction as never, store, workspace };
  const calls = [{ ...call, tenant: TENANT, source: null, id: null }];
  await store.writeIntake(site.transaction, {
    winners: [],
    replaced: [],
    traits: [],
    aliases: calls,
  });
  const regions = await restructure(site, { changed: [], winners: [], calls, secret: SECRET });
  const { touchedKeys } = regions;
  await publishOutcome(site, {
    winners: [],
    records: [],
    regions,
    touchedKeys,
    consented: [],
    unitOfWork,
  });
}

const callArbitrary: fc.Arbitrary<Call> = fc
  .record({
    kind: fc.constantFrom<Call['kind']>('merge', 'unmerge'),
    a: identifierArbitrary.map(nameOf),
    b: identifierArbitrary.map(nameOf),
    at: fc.integer({ min: 1, max: 9 }),
  })
  .map((call) => ({ ...call, callId: JSON.stringify(call) }));

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
          const stored = await runThrough(cutUp([...history, ...repeated], sizes), rules);
          const people = resolveFromScratch({ sightings: history, calls: [], rules, nameOf });
          expect(canonicalStore(stored)).toEqual(canonicalPeople(people));
          expect(misfiled(stored)).toEqual([]);
          expect(misdated(stored)).toEqual([]);
        },
      ),
      { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 1_000) },
    );
  }, 120_000);

  it('merge and unmerge calls between the batches end there too', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        fc.array(callArbitrary, { minLength: 1, maxLength: 5 }),
        rulesArbitrary,
        async (history, calls, rules) => {
          const store = new MemoryIdentityStore();
          store.rulesRows.set(TENANT, rules.rules);
          const resolve = new ResolveBatch(unitOfWork as never, store, { value: SECRET });
          for (const [index, batch] of cutUp(history, [5]).entries()) {
            await resolve.resolve(
              transaction as never,
              batch.map((one, at) => recordOf(one, at)),
            );
            const call = calls[index];
            if (call) await declare(store, call, rules);
          }
          const declared = calls.slice(0, cutUp(history, [5]).length);
          const people = resolveFromScratch({ sightings: history, calls: declared, rules, nameOf });
          const stored = peopleIn(store);
          expect(canonicalStore(stored)).toEqual(canonicalPeople(people));
          expect(misfiled(stored)).toEqual([]);
        },
      ),
      { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 1_000) },
    );
  }, 120_000);
});
