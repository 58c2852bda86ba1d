import { describe, expect, it } from '@jest/globals';
import { MemoryErasureStore } from '../adapters/memory/memory-erasure.store.js';
import fc from 'fast-check';
import { MemoryCallLog } from '../adapters/memory/memory-call.log.js';
import { MemoryIdentityStore } from '../adapters/memory/memory-identity.store.js';
import { resolveFromScratch } from '../domain/resolve-from-scratch.js';
import { callersOn, callsAfter, say, saidArbitrary } from '../testing/callers.fixture.js';
import type { Callers } from '../testing/callers.fixture.js';
import {
  canonicalPeople,
  canonicalStore,
  misdescribed,
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

const transaction = { query: () => Promise.reject(new Error('no database here')) } as never;
const unitOfWork = {
  revision: (counter: number) => counter,
  publish: async (work: (transaction: never) => Promise<{ result: unknown }>) =>
    (await work(transaction)).result,
} as never;

function open(): { store: MemoryIdentityStore; resolve: ResolveBatch; callers: Callers } {
  const store = new MemoryIdentityStore();
  const calls = new MemoryCallLog(store);
  const reader = undefined as never;
  return {
    store,
    resolve: new ResolveBatch(unitOfWork, store, { value: SECRET }, new MemoryErasureStore(store)),
    callers: callersOn({ unitOfWork, store, calls, reader }),
  };
}

const peopleIn = (store: MemoryIdentityStore): StoredPeople => ({
  filings: [...store.filingRows.values()],
  identifiers: [...store.identifierRows.values()],
  links: [...store.linkRows.values()],
  profiles: [...store.profileRows.values()],
  decisions: store.decisionRows,
});

describe('calls between batches', () => {
  it('merges, unmerges and withdrawals end where resolving from scratch with what stands ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        saidArbitrary,
        rulesArbitrary,
        async (history, said, rules) => {
          const { store, resolve, callers } = open();
          store.rulesRows.set(TENANT, rules.rules);
          const turns = Math.max(said.length, Math.ceil(history.length / 5));
          for (let turn = 0; turn < turns; turn++) {
            const batch = history.slice(turn * 5, turn * 5 + 5);
            await resolve.resolve(transaction, batch.map(recordOfIndex));
            const one = said[turn];
            if (one) await say(callers, one);
          }
          const calls = callsAfter(said);
          const people = resolveFromScratch({ sightings: history, calls, rules, nameOf });
          const stored = peopleIn(store);
          expect(canonicalStore(stored)).toEqual(canonicalPeople(people));
          expect(misfiled(stored)).toEqual([]);
          expect(misdescribed(stored, [...store.callRows.values()])).toEqual([]);
        },
      ),
      { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 1_000) },
    );
  }, 120_000);
});

const recordOfIndex = (
  sighting: Parameters<typeof recordOf>[0],
  index: number,
): ReturnType<typeof recordOf> => recordOf(sighting, index);
