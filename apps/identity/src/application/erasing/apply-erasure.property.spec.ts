import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, TOPIC, haunt } from '#contracts';
import type { ErasureRequested, RefiledBody } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { MemoryErasureStore } from '../../adapters/memory/memory-erasure.store.js';
import { MemoryIdentityStore } from '../../adapters/memory/memory-identity.store.js';
import { cutErasure } from '../../domain/cut-erasure.js';
import type { Erasure } from '../../domain/erasure.js';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import type { Sighting, World } from '../../domain/resolve-from-scratch.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
} from '../../testing/canonical-people.fixture.js';
import type { StoredPeople } from '../../testing/canonical-people.fixture.js';
import { ERASED_AT, requestOf, sceneArbitrary } from '../../testing/erasure-scenes.fixture.js';
import type { Scene } from '../../testing/erasure-scenes.fixture.js';
import { hashOf, winnersLeft } from '../../testing/erasing.fixture.js';
import { SECRET, TENANT, nameOf, recordOf } from '../../testing/histories.fixture.js';
import { ResolveBatch } from '../resolve-batch.js';
import { ApplyErasure } from './apply-erasure.js';

const RUNS = { numRuns: 500 };
const transaction = { query: () => Promise.reject(new Error('no database here')) } as never;
const unitOfWork = { revision: (counter: number) => counter } as never;
const secret = { value: SECRET };

class Service {
  readonly store = new MemoryIdentityStore();
  readonly told: OutgoingRecord[] = [];
  private readonly erasures = new MemoryErasureStore(this.store);
  private readonly resolve = new ResolveBatch(unitOfWork, this.store, secret, this.erasures);
  private readonly apply = new ApplyErasure(unitOfWork, this.store, this.erasures, secret);

  constructor({ rules, calls }: World) {
    this.store.rulesRows.set(TENANT, rules.rules);
    for (const call of calls) {
      this.store.callRows.set(call.callId, { ...call, tenant: TENANT, source: null, id: null });
    }
  }

  async sees(batch: readonly Sighting[]): Promise<void> {
    const records = batch.map((sighting, index) => recordOf(sighting, index));
    this.told.push(...(await this.resolve.resolve(transaction, records)));
  }

  isAskedFor(erasure: Erasure): Promise<readonly OutgoingRecord[]> {
    return this.isTold(requestOf(erasure));
  }

  async isTold(part: ErasureRequested): Promise<readonly OutgoingRecord[]> {
    const applied = await this.apply.execute(transaction, part);
    const outgoing = applied?.outgoing ?? [];
    this.told.push(...outgoing);
    return outgoing;
  }

  people(): StoredPeople {
    return {
      filings: [...this.store.filingRows.values()],
      identifiers: [...this.store.identifierRows.values()],
      links: [...this.store.linkRows.values()],
      profiles: [...this.store.profileRows.values()],
      decisions: this.store.decisionRows,
    };
  }
}

const bodyOf = ({ identifiers }: Sighting): object => ({ identifiers, data: {} });

/** What whoever keeps bodies comes to: where each is filed, and what it carries. */
function archived(told: readonly OutgoingRecord[]): Map<string, unknown> {
  const kept = new Map<string, { filing: string; text: string; revision: string }>();
  for (const { topic, headers, value } of told) {
    if (topic !== TOPIC.interactionIdentified.name) continue;
    const name = JSON.stringify([headers[HEADER.interactionSource], headers[HEADER.interactionId]]);
    const filing = headers[HEADER.filing] ?? '';
    const revision = headers[HEADER.contentRevision] ?? '';
    const about = headers[HEADER.refiled];
    const known = kept.get(name);
    if (Number(known?.revision ?? 0) >= Number(revision)) throw new Error('revisions grow');
    if (value === null) kept.delete(name);
    else if (about === undefined) kept.set(name, { filing, text: value.toString(), revision });
    else {
      expect(about).toBe(known?.revision);
      const { ghosts } = JSON.parse(value.toString()) as RefiledBody;
      kept.set(name, { filing, text: haunt(known?.text ?? '', ghosts, nameOf), revision });
    }
  }
  return new Map([...kept].map(([name, { filing, text }]) => [name, [filing, JSON.parse(text)]]));
}

async function play({ world, erasures }: Scene, cuts: readonly number[]): Promise<Service> {
  const service = new Service(world);
  let start = 0;
  const places = erasures.map((_, index) => (cuts[index] ?? 0) % (world.sightings.length + 1));
  const order = [...erasures.keys()].sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  for (const index of order) {
    const place = places[index] ?? 0;
    const erasure = erasures[index];
    if (place > start) await service.sees(world.sightings.slice(start, place));
    if (erasure) await service.isAskedFor(erasure);
    start = Math.max(start, place);
  }
  if (start < world.sightings.length) await service.sees(world.sightings.slice(start));
  return service;
}

describe('an erasure that is carried out', () => {
  it('comes to what a world without the erased comes to, whenever it is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        sceneArbitrary,
        fc.tuple(fc.nat(), fc.nat()),
        async ({ world, erasures }, cuts) => {
          const service = await play({ world, erasures }, cuts);
          const people = resolveFromScratch({ ...world, erasures });
          expect(canonicalStore(service.people())).toEqual(canonicalPeople(people));
          const stored = service.people();
          expect(misfiled(stored)).toEqual([]);
          expect(misdated(stored)).toEqual([]);
          expect(misdescribed(stored, [...service.store.callRows.values()])).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('comes to the same when its parts come in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        sceneArbitrary,
        fc.infiniteStream(fc.nat(9)),
        async ({ world, erasures }, picks) => {
          const service = new Service(world);
          const early = world.sightings.filter(({ receivedAt }) => receivedAt < ERASED_AT);
          await service.sees(early);
          const parts = erasures.flatMap((erasure, before) => {
            const known = { ...world, sightings: early, erasures: erasures.slice(0, before) };
            const filed = winnersLeft(known);
            const filingOf = new Map(filed.map((one) => [hashOf(one.sighting), one.filing]));
            return cutErasure(erasure, filingOf, 300).map((part, index) => ({
              ...requestOf({ ...erasure, ...part }),
              part: index,
              order: picks.next().value ?? 0,
            }));
          });
          for (const { order: _, ...part } of parts.sort((a, b) => a.order - b.order))
            await service.isTold(part);
          const people = resolveFromScratch({ ...world, sightings: early, erasures });
          expect(canonicalStore(service.people())).toEqual(canonicalPeople(people));
        },
      ),
      RUNS,
    );
  });

  it('tells whoever keeps bodies which go, and what the others carry', async () => {
    await fc.assert(
      fc.asyncProperty(
        sceneArbitrary,
        fc.tuple(fc.nat(), fc.nat()),
        async ({ world, erasures }, cuts) => {
          const { told } = await play({ world, erasures }, cuts);
          const left = winnersLeft({ ...world, erasures });
          expect(archived(told)).toEqual(
            new Map(
              left.map(({ sighting, filing }) => [
                JSON.stringify([sighting.source, sighting.id]),
                [filing, bodyOf(sighting)],
              ]),
            ),
          );
        },
      ),
      RUNS,
    );
  });

  it('keeps no value of what it took, and says of each interaction that it is gone', async () => {
    await fc.assert(
      fc.asyncProperty(sceneArbitrary, async ({ world, erasures }) => {
        const [erasure] = erasures;
        if (!erasure) return;
        const early = world.sightings.filter(({ receivedAt }) => receivedAt < ERASED_AT);
        const service = new Service(world);
        await service.sees(early);
        const outgoing = await service.isAskedFor(erasure);
        const names = new Set(erasure.identifiers.map(({ name }) => name));
        const kept = service.people().identifiers;
        expect([...kept].filter(({ name, value }) => names.has(name) && value !== '')).toEqual([]);
        expect(
          service.store.traitRows.filter((row) => erasure.filings.includes(row.filing)),
        ).toEqual([]);
        const gone = outgoing
          .filter(({ topic, value }) => topic === TOPIC.interactionIdentified.name && !value)
          .map(({ headers }) => ({
            tenant: TENANT,
            source: headers[HEADER.interactionSource] ?? '',
            id: headers[HEADER.interactionId] ?? '',
          }));
        expect(gone.map((one) => hashOf(one as Sighting)).sort()).toEqual(erasure.interactions);
        expect(await service.isAskedFor(erasure)).toEqual([]);
      }),
      RUNS,
    );
  });
});
