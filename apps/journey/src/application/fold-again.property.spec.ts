import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { FixedClock } from '#kernel';
import { FOLDING, foldSequential, isSequentialKind } from '../domain/derive.js';
import {
  batchOf,
  identifiedRecord,
  movedRecord,
  START,
  TENANT,
  type Mapping,
  type Version,
} from './history.fixture.js';
import { memoryJourney, type MemoryJourney } from './memory-stores.fixture.js';
import { StitchBatch } from './stitch-batch.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PAGES_MAX = 4;
/** A checkpoint before, one where the visit is not over yet, and four tried in the next round. */
const CHECKPOINTS_A_SPAN = 6;
/** A cart is open for a day: across what lies between two spans. */
const CART_EVERY = 30;
const PERSON: Mapping = { filing: 'c:person', profileKey: '1', revision: 1 };
const VISITOR: Mapping = { filing: 's:visitor', profileKey: '2', revision: 1 };

interface Page {
  readonly visit: number;
  readonly minute: number;
  readonly version?: number;
  readonly filing?: Mapping;
  readonly type?: 'page.viewed' | 'cart.updated';
}

let contentRevision = 0;

function seen({ visit, minute, version = 0, filing = PERSON, type = 'page.viewed' }: Page) {
  const made: Version = {
    interaction: {
      tenant: TENANT,
      source: 'shop',
      id: `${filing.profileKey}-${visit}-${minute}`,
      type,
      channel: 'web',
      occurredAt: formatInstant(START + visit * HOUR + minute * MINUTE),
      receivedAt: formatInstant(START),
      identifiers: [],
      data: type === 'cart.updated' ? { value: '10', currency: 'EUR' } : {},
      version,
      ...(version > 0 && { withdrawn: true as const }),
    },
    filing: filing.filing,
    contentRevision: ++contentRevision,
    knownRevision: 0,
  };
  return identifiedRecord(made, filing);
}

/** What comes in one batch: late pages, withdrawn ones, those of a visitor who turns out to be the person, new ones. */
const disturbances = fc
  .record({
    visits: fc.integer({ min: 60, max: 200 }),
    pages: fc.integer({ min: 1, max: PAGES_MAX }),
    checkpointEvery: fc.integer({ min: 2, max: 8 }),
  })
  .chain((timeline) => {
    const some = fc.array(fc.nat(timeline.visits - 1), { maxLength: 3 });
    const visits = fc.record({ late: some, withdrawn: some, visited: some, later: fc.nat(2) });
    return fc.record({ timeline: fc.constant(timeline), visits });
  });

type Disturbances = typeof disturbances extends fc.Arbitrary<infer Value> ? Value : never;

async function disturbed({ timeline, visits }: Disturbances) {
  const journey = memoryJourney();
  const stitching = new StitchBatch(journey.unitOfWork, journey.stores, new FixedClock(START), {
    ...FOLDING,
    checkpointEvery: timeline.checkpointEvery,
  });
  const pages = Array.from({ length: timeline.visits * timeline.pages }, (_, index) => ({
    visit: Math.floor(index / timeline.pages),
    minute: 2 * (index % timeline.pages),
  }));
  const carts = Array.from({ length: Math.ceil(timeline.visits / CART_EVERY) }, (_, index) => ({
    visit: index * CART_EVERY,
    minute: 9,
    type: 'cart.updated' as const,
  }));
  await stitching.execute(batchOf([...pages, ...carts].map(seen)));
  const visited = visits.visited.map((visit) => ({ visit, minute: 3, filing: VISITOR }));
  if (visited.length > 0) await stitching.execute(batchOf(visited.map(seen)));
  const { archive, checkpoints } = journey;
  const told = newest(journey.unitOfWork.published.splice(0));
  const before = { entries: archive.entriesRead, checkpoints: checkpoints.checkpointsRead };
  await stitching.execute(
    batchOf([
      ...visits.late.map((visit) => seen({ visit, minute: 1 })),
      ...visits.withdrawn.map((visit) => seen({ visit, minute: 0, version: 1 })),
      ...Array.from({ length: visits.later }, (_, index) =>
        seen({ visit: timeline.visits + index, minute: 0 }),
      ),
      movedRecord({ ...VISITOR, profileKey: '1', revision: 2 }),
    ]),
  );
  return {
    journey,
    repeated: [...newest(journey.unitOfWork.published)].filter(
      ([key, content]) => told.get(key) === content,
    ),
    entries: archive.entriesRead - before.entries,
    checkpoints: checkpoints.checkpointsRead - before.checkpoints,
  };
}

/** What is told of each fact, revision aside. */
function newest(published: readonly OutgoingRecord[]): Map<string, string> {
  return new Map(
    published.map(({ key, value }) => {
      const { revision: _, ...content } = JSON.parse(String(value)) ?? {};
      return [key, JSON.stringify(content)];
    }),
  );
}

function ofTheWhole({ archive }: MemoryJourney) {
  const live = archive.timelineOf('1').filter(({ interaction }) => !interaction.withdrawn);
  const entries = live.map(({ tenant, profileKey, occurredAt, interaction }) => ({
    tenant,
    profileKey,
    occurredAt,
    interaction,
  }));
  return foldSequential(entries, 0);
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

describe('a timeline disturbed at instants far apart', () => {
  it('is folded around each of them, as from the start, and what lies between is not read', async () => {
    let several = 0;
    await fc.assert(
      fc.asyncProperty(disturbances, async (given) => {
        const { journey, repeated, entries, checkpoints } = await disturbed(given);
        const stored = journey.facts.current().filter(({ kind }) => isSequentialKind(kind));
        expect(stored.sort(byId)).toEqual(ofTheWhole(journey).sort(byId));
        expect(repeated).toEqual([]);
        const { late, withdrawn, visited } = given.visits;
        const instants = new Set([...late, ...withdrawn, ...visited]).size;
        const spans = instants + 1;
        const between = given.timeline.checkpointEvery + PAGES_MAX + 1;
        expect(entries).toBeLessThanOrEqual(spans * CHECKPOINTS_A_SPAN * between);
        expect(checkpoints).toBeLessThanOrEqual(spans * CHECKPOINTS_A_SPAN);
        if (instants > 2) several += 1;
      }),
      { numRuns: 100 },
    );
    expect(several).toBeGreaterThan(25);
  });
});
