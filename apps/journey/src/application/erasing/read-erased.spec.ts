import { beforeEach, describe, expect, it } from '@jest/globals';
import { HEADER, type Fact } from '#contracts';
import { FixedClock } from '#kernel';
import { FOLDING } from '../../domain/derive.js';
import { told } from '../../domain/told.fixture.js';
import { batchOf, identifiedRecord, START } from '../history.fixture.js';
import { memoryJourney, type MemoryJourney } from '../memory-stores.fixture.js';
import { StitchBatch } from '../stitch-batch.js';
import {
  ERASED_VALUE,
  ERASURE,
  JANE,
  refilingOf,
  SECRET,
  tombstoneOf,
} from './erased-history.fixture.js';

let journey: MemoryJourney;
let stitching: StitchBatch;

beforeEach(() => {
  journey = memoryJourney(SECRET);
  stitching = new StitchBatch(journey.unitOfWork, journey.stores, new FixedClock(START));
});

const place = { filing: 's:1', profileKey: '1', revision: 1 };
const version = (contentRevision: number, more: Parameters<typeof told>[0] = {}) => ({
  interaction: told({ identifiers: [JANE], version: contentRevision, ...more }).interaction,
  filing: place.filing,
  contentRevision,
  knownRevision: 0,
});
const said = (contentRevision: number, more?: Parameters<typeof told>[0]) =>
  identifiedRecord(version(contentRevision, more), place);
const stitch = (...records: Parameters<typeof batchOf>[0]) => stitching.execute(batchOf(records));
const bodies = (): string[] =>
  [...journey.archive.rows.values(), ...journey.archive.replaced.values()].map(({ body }) =>
    String(body),
  );

describe('an interaction that was erased', () => {
  it('goes with every version, and tells of the facts that go with it', async () => {
    await stitch(said(1), said(2, { id: 'b', at: START + 1 }));
    await stitch(said(3));
    journey.unitOfWork.published.length = 0;
    await stitch(tombstoneOf(version(3)));
    expect(bodies()).toHaveLength(1);
    const told = journey.unitOfWork.published.map(({ headers, value }) => ({
      why: [headers[HEADER.cause], headers[HEADER.causeRef]],
      interactions: value && (JSON.parse(String(value)) as Fact).interactions.count,
    }));
    const why = ['erasure', ERASURE];
    // The session began with it: now it begins later, and is another.
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({ why, interactions: null });
    expect(told).toContainEqual({ why, interactions: 1 });
    const stores = journey.erasures.counted.map(({ store }) => store);
    expect(stores).toEqual(['interactions', 'versions', 'facts', 'facts']);
  });

  it('takes the quarantine with it that it was the cause of, and what it said there', async () => {
    const throwing = {
      ...FOLDING,
      kinds: FOLDING.kinds.map((kind) => ({
        ...kind,
        evolve: (...step: Parameters<typeof kind.evolve>) => {
          if (JSON.stringify(step).includes('"id":"a"'))
            throw new Error(`fails on ${ERASED_VALUE}`);
          return kind.evolve(...step);
        },
      })),
    };
    const { unitOfWork, stores } = journey;
    const failing = new StitchBatch(unitOfWork, stores, new FixedClock(START), throwing);
    await failing.execute(batchOf([said(1), said(2, { id: 'b', at: START + 1 })]));
    const ref = { tenant: 'default', profileKey: place.profileKey };
    const [held] = await stores.profiles.read({} as never, [ref]);
    expect(held?.quarantine?.detail).toContain(ERASED_VALUE);
    await failing.execute(batchOf([tombstoneOf(version(1))]));
    const [released] = await stores.profiles.read({} as never, [ref]);
    expect(released?.quarantine).toBeUndefined();
    expect(journey.facts.current()).toMatchObject([
      { kind: 'session', interactions: { count: 1 } },
    ]);
  });

  it('stays away when a version of it comes later', async () => {
    await stitch(tombstoneOf(version(1)));
    await stitch(said(1), said(2_000));
    expect(bodies()).toEqual([]);
    expect(journey.facts.current()).toEqual([]);
  });

  it('takes one with it that stands under an older version', async () => {
    await stitch(said(1));
    await stitch(tombstoneOf(version(2, { id: 'other' })));
    await journey.stores.erasures.keep({} as never, {
      tombstones: [
        { ...version(2).interaction, contentRevision: 2, erasureId: ERASURE, until: undefined },
      ],
      refilings: [],
    });
    await stitch(said(2));
    expect(bodies()).toEqual([]);
  });
});

describe('an interaction in which somebody was erased', () => {
  it('is read with ghosts and filed elsewhere, with the cause', async () => {
    await stitch(said(1));
    journey.unitOfWork.published.length = 0;
    await stitch(refilingOf(version(1)));
    expect([...journey.archive.rows.values()]).toMatchObject([
      { filing: 'r:9', profileKey: '2', contentRevision: 1_000 },
    ]);
    expect(bodies().join()).not.toContain(ERASED_VALUE);
    expect(journey.archive.replaced.size).toBe(0);
    const causes = journey.unitOfWork.published.map(({ headers }) => headers[HEADER.cause]);
    expect(new Set(causes)).toEqual(new Set(['erasure']));
  });

  it('waits for its body when that comes later', async () => {
    await stitch(refilingOf(version(1)));
    await stitch(said(1));
    expect([...journey.archive.rows.values()]).toMatchObject([
      { filing: 'r:9', profileKey: '2', contentRevision: 1_000 },
    ]);
    expect(bodies().join()).not.toContain(ERASED_VALUE);
  });

  it('has ghosts in its older versions too, whenever they come', async () => {
    await stitch(said(1));
    await stitch(said(3));
    await stitch(refilingOf(version(3)));
    await stitch(said(2));
    expect(journey.archive.replaced.size).toBe(2);
    expect(bodies().join()).not.toContain(ERASED_VALUE);
  });

  it('is as it was sent in a version that comes after', async () => {
    await stitch(said(1), refilingOf(version(1)));
    await stitch(said(1_001));
    const [standing] = [...journey.archive.rows.values()];
    expect(String(standing?.body)).toContain(ERASED_VALUE);
    expect(
      [...journey.archive.replaced.values()].map(({ body }) => String(body)).join(),
    ).not.toContain(ERASED_VALUE);
  });
});
