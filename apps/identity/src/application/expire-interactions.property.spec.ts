import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, TOPIC } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { MemoryErasureStore } from '../adapters/memory/memory-erasure.store.js';
import { MemoryExpiryStore } from '../adapters/memory/memory-expiry.store.js';
import { MemoryIdentityStore } from '../adapters/memory/memory-identity.store.js';
import { resolveFromScratch } from '../domain/resolve-from-scratch.js';
import type { Sighting, World } from '../domain/resolve-from-scratch.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
} from '../testing/canonical-people.fixture.js';
import { requestOf, sceneArbitrary } from '../testing/erasure-scenes.fixture.js';
import { horizonsArbitrary, keptFrom } from '../testing/expiring.fixture.js';
import { SECRET, TENANT, recordOf } from '../testing/histories.fixture.js';
import { ApplyErasure } from './erasing/apply-erasure.js';
import { ExpireInteractions } from './expire-interactions.js';
import { TakeAway } from './expiring/take-away.js';
import { ResolveBatch } from './resolve-batch.js';

const RUNS = { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 500) };
const transaction = { query: () => Promise.reject(new Error('no database here')) } as never;
const secret = { value: SECRET };

class Service {
  readonly store = new MemoryIdentityStore();
  readonly told: OutgoingRecord[] = [];
  private readonly unitOfWork = {
    revision: (counter: number) => counter,
    publish: async (
      work: (_: never) => Promise<{ result: unknown; outgoing: readonly OutgoingRecord[] }>,
    ) => {
      const { result, outgoing } = await work(transaction);
      this.told.push(...outgoing);
      return result;
    },
  } as never;
  private readonly erasures = new MemoryErasureStore(this.store);
  private readonly resolve = new ResolveBatch(this.unitOfWork, this.store, secret, this.erasures);
  private readonly apply = new ApplyErasure(this.unitOfWork, this.store, this.erasures, secret);
  private readonly expiring = new ExpireInteractions(
    this.unitOfWork,
    this.store,
    new MemoryExpiryStore(this.store),
    new TakeAway(this.unitOfWork, this.store, this.erasures, secret),
  );

  constructor({ rules, calls }: World) {
    this.store.rulesRows.set(TENANT, rules.rules);
    for (const call of calls)
      this.store.callRows.set(call.callId, { ...call, tenant: TENANT, source: null, id: null });
  }

  async sees(batch: readonly Sighting[]): Promise<void> {
    const records = batch.map((sighting, index) => recordOf(sighting, index));
    this.told.push(...(await this.resolve.resolve(transaction, records)));
  }

  async isAskedFor(erasure: Parameters<typeof requestOf>[0]): Promise<void> {
    const applied = await this.apply.execute(transaction, requestOf(erasure));
    this.told.push(...(applied?.outgoing ?? []));
  }

  async expires(horizon: number): Promise<void> {
    while ((await this.expiring.execute({ tenant: TENANT, horizon })).state !== 'through');
  }

  people() {
    return {
      filings: [...this.store.filingRows.values()],
      identifiers: [...this.store.identifierRows.values()],
      links: [...this.store.linkRows.values()],
      profiles: [...this.store.profileRows.values()],
      decisions: this.store.decisionRows,
    };
  }
}

/** The interactions that whoever reads the topic has in the end, by name. */
function archived(told: readonly OutgoingRecord[]): string[] {
  const kept = new Map<string, number>();
  const revisions = new Map<string, number>();
  for (const { topic, headers, value } of told) {
    if (topic !== TOPIC.interactionIdentified.name) continue;
    const name = `${headers[HEADER.interactionSource]} ${headers[HEADER.interactionId]}`;
    const revision = Number(headers[HEADER.contentRevision]);
    if (revision <= (revisions.get(name) ?? 0)) throw new Error('revisions grow');
    revisions.set(name, revision);
    if (value === null) kept.delete(name);
    else kept.set(name, revision);
  }
  return [...kept.keys()].sort();
}

describe('what expires', () => {
  it('leaves the people of a world that never got it, erasures and repeats beside it', async () => {
    let expired = 0;
    await fc.assert(
      fc.asyncProperty(
        sceneArbitrary,
        horizonsArbitrary,
        fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
        async ({ world, erasures }, [first, last], [cut = 0, again = 0, ...places]) => {
          const { sightings } = world;
          const service = new Service(world);
          const events = [
            { at: cut % (sightings.length + 1), happens: () => service.expires(first) },
            ...erasures.map((erasure, index) => ({
              at: (places[index] ?? 0) % (sightings.length + 1),
              happens: () => service.isAskedFor(erasure),
            })),
          ].sort((a, b) => a.at - b.at);
          let from = 0;
          for (const { at, happens } of events) {
            if (at > from) await service.sees(sightings.slice(from, at));
            await happens();
            from = at;
          }
          await service.sees(sightings.slice(from));
          await service.sees(sightings.slice(0, again % (sightings.length + 1)));
          await service.expires(last);

          const kept = keptFrom(last, sightings);
          const people = resolveFromScratch({ ...world, erasures, sightings: kept });
          const stored = service.people();
          expect(canonicalStore(stored)).toEqual(canonicalPeople(people));
          expect(misfiled(stored)).toEqual([]);
          expect(misdated(stored)).toEqual([]);
          expect(misdescribed(stored, [...service.store.callRows.values()])).toEqual([]);
          const filed = [...service.store.winnerRows.values()].filter((row) => row.filing !== '');
          const names = filed.map(({ source, id }) => `${source} ${id}`);
          expect(archived(service.told)).toEqual(names.sort());
          expired += sightings.length - kept.length;
        },
      ),
      RUNS,
    );
    expect(expired).toBeGreaterThan(RUNS.numRuns);
  }, 120_000);

  it('keeps no value of an identifier that nothing carries any more', async () => {
    await fc.assert(
      fc.asyncProperty(sceneArbitrary, horizonsArbitrary, async ({ world }, [, last]) => {
        const service = new Service(world);
        await service.sees(world.sightings);
        await service.expires(last);
        const carried = new Set(
          keptFrom(last, world.sightings).flatMap(({ identifiers }) =>
            identifiers.map(({ type, value }) => `${type}:${value}`),
          ),
        );
        for (const { type, value } of service.store.identifierRows.values())
          expect(value === '' || carried.has(`${type}:${value}`)).toBe(true);
      }),
      RUNS,
    );
  }, 120_000);
});
