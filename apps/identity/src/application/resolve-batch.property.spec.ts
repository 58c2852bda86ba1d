import { describe, expect, it } from '@jest/globals';
import { MemoryErasureStore } from '../adapters/memory/memory-erasure.store.js';
import fc from 'fast-check';
import { TOPIC } from '#contracts';
import type { ProfileChanged } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import type { MemoryIdentityStore } from '../adapters/memory/memory-identity.store.js';
import { resolveFromScratch } from '../domain/resolve-from-scratch.js';
import type { Sighting } from '../domain/resolve-from-scratch.js';
import { CompiledRules } from '../domain/rules.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
  mistold,
} from '../testing/canonical-people.fixture.js';
import type { StoredPeople } from '../testing/canonical-people.fixture.js';
import { CountingStore } from '../testing/counting-store.fixture.js';
import {
  SECRET,
  TENANT,
  crowdArbitrary,
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

/** A service of its own: its store, and what the log holds of each profile. */
class Service {
  readonly store = new CountingStore();
  readonly told = new Map<string, ProfileChanged | undefined>();
  private readonly resolve = new ResolveBatch(
    unitOfWork as never,
    this.store,
    { value: SECRET },
    new MemoryErasureStore(this.store),
  );

  constructor(private readonly rules: CompiledRules) {
    this.store.rulesRows.set(TENANT, rules.rules);
  }

  async sees(batch: readonly Sighting[]): Promise<void> {
    const records = batch.map((sighting, index) => recordOf(sighting, index));
    this.hear(await this.resolve.resolve(transaction as never, records));
  }

  async hasDeclared(call: Call): Promise<void> {
    this.hear(await declare(this.store, call, this.rules));
  }

  /** All that must hold of what is kept, beside the people that it tells. */
  faults(calls: readonly Call[]): object {
    const stored = peopleIn(this.store);
    return {
      misfiled: misfiled(stored),
      misdated: misdated(stored),
      misdescribed: misdescribed(stored, calls),
      mistold: mistold(stored, this.told),
    };
  }

  private hear(outgoing: readonly OutgoingRecord[]): void {
    for (const { topic, key, value } of outgoing) {
      if (topic !== TOPIC.profileChanged.name) continue;
      const profileKey = key.split('\u001f').at(-1) ?? '';
      this.told.set(
        profileKey,
        value ? (JSON.parse(value.toString()) as ProfileChanged) : undefined,
      );
    }
  }
}

const NO_FAULTS = { misfiled: [], misdated: [], misdescribed: [], mistold: [] };

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
): Promise<readonly OutgoingRecord[]> {
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
  return publishOutcome(site, {
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

const RUNS = { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 1_000) };
const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });

describe('resolving in batches', () => {
  it.each([
    ['conflicts', historyArbitrary],
    ['many cookies', crowdArbitrary],
  ])(
    'ends where resolving from scratch ends, whatever the order, batches and repeats: %s',
    async (_, arbitrary) => {
      let quickBatches = 0;
      let regionLoads = 0;
      await fc.assert(
        fc.asyncProperty(
          arbitrary,
          rulesArbitrary,
          sizesArbitrary,
          fc.array(fc.nat(29), { maxLength: 6 }),
          async (history, rules, sizes, repeats) => {
            const service = new Service(rules);
            const repeated = repeats.flatMap((index) => history[index] ?? []);
            for (const batch of cutUp([...history, ...repeated], sizes)) await service.sees(batch);
            const people = resolveFromScratch({ sightings: history, calls: [], rules, nameOf });
            expect(canonicalStore(peopleIn(service.store))).toEqual(canonicalPeople(people));
            const aliases = [...service.store.callRows.values()];
            expect(service.faults(aliases)).toEqual(NO_FAULTS);
            quickBatches += service.store.quickBatches;
            regionLoads += service.store.regionLoads;
          },
        ),
        RUNS,
      );
      expect(quickBatches).toBeGreaterThan(RUNS.numRuns);
      expect(regionLoads).toBeGreaterThan(RUNS.numRuns);
    },
    300_000,
  );

  it.each([
    ['conflicts', historyArbitrary],
    ['many cookies', crowdArbitrary],
  ])(
    'merge and unmerge calls between the batches end there too: %s',
    async (_, arbitrary) => {
      let quickBatches = 0;
      await fc.assert(
        fc.asyncProperty(
          arbitrary,
          fc.array(callArbitrary, { minLength: 1, maxLength: 5 }),
          rulesArbitrary,
          async (history, calls, rules) => {
            const service = new Service(rules);
            const batches = cutUp(history, [5]);
            for (const [index, batch] of batches.entries()) {
              await service.sees(batch);
              const call = calls[index];
              if (call) await service.hasDeclared(call);
            }
            const declared = calls.slice(0, batches.length);
            const people = resolveFromScratch({
              sightings: history,
              calls: declared,
              rules,
              nameOf,
            });
            expect(canonicalStore(peopleIn(service.store))).toEqual(canonicalPeople(people));
            const all = [...service.store.callRows.values()];
            expect(service.faults(all)).toEqual(NO_FAULTS);
            quickBatches += service.store.quickBatches;
          },
        ),
        RUNS,
      );
      expect(quickBatches).toBeGreaterThan(RUNS.numRuns / 2);
    },
    300_000,
  );
});
