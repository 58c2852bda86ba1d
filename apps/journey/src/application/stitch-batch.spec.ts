import { beforeEach, describe, expect, it } from '@jest/globals';
import { HEADER, type Fact } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { FixedClock } from '#kernel';
import { told } from '../domain/told.fixture.js';
import {
  batchOf,
  identifiedRecord,
  logRecord,
  movedRecord,
  profileRecord,
  START,
} from './history.fixture.js';
import { FOLDING } from '../domain/derive.js';
import { session } from '../domain/facts/session.js';
import { RetryQuarantine } from './retry-quarantine.js';
import { memoryJourney, type MemoryJourney } from './memory-stores.fixture.js';
import { StitchBatch } from './stitch-batch.js';
import { SweepDeadlines } from './sweep-deadlines.js';

const MINUTE = 60_000;
let journey: MemoryJourney;
let stitching: StitchBatch;
let sweeping: SweepDeadlines;
let contentRevision = 0;

beforeEach(() => {
  const clock = new FixedClock(START);
  journey = memoryJourney();
  stitching = new StitchBatch(journey.unitOfWork, journey.stores, clock);
  sweeping = new SweepDeadlines(journey.unitOfWork, journey.stores, clock);
});

type Given = Parameters<typeof told>[0] & { filing?: string; profileKey?: string };

function seen({ filing = 's:1', profileKey = '1', ...rest }: Given) {
  const version = {
    interaction: told(rest).interaction,
    filing,
    contentRevision: ++contentRevision,
    knownRevision: 0,
  };
  return identifiedRecord(version, { filing, profileKey, revision: 1 });
}

/** Runs one batch; what it published, in short. */
async function stitch(...records: Parameters<typeof batchOf>[0]): Promise<object[]> {
  const before = journey.unitOfWork.published.length;
  await stitching.execute(batchOf(records));
  return journey.unitOfWork.published.slice(before).map(short);
}

function short({ value, headers }: OutgoingRecord): object {
  const fact = value === null ? undefined : (JSON.parse(String(value)) as Fact);
  return {
    kind: fact?.kind ?? 'tombstone',
    cause: headers[HEADER.cause],
    ref: headers[HEADER.causeRef],
    count: fact?.interactions.count,
  };
}

describe('stitching a batch', () => {
  it('continues an append from the latest session and never reads the timeline', async () => {
    for (let page = 0; page < 50; page++)
      await stitch(seen({ id: `p${page}`, at: START + page * MINUTE }));
    expect(journey.archive.sequentialReads).toBe(0);
    expect(journey.facts.current()).toMatchObject([
      { kind: 'session', interactions: { count: 50 } },
    ]);
  });

  it('does not take a purchase in a store or a parcel for a reason to fold again', async () => {
    await stitch(seen({ id: 'p', at: START + MINUTE }));
    await stitch(seen({ id: 'c', type: 'order.shipped', channel: 'other', at: START }));
    expect(journey.archive.sequentialReads).toBe(0);
  });

  it('publishes only the net difference of a batch', async () => {
    const pages = [0, 1, 2, 3].map((page) => seen({ id: `q${page}`, at: START + page * MINUTE }));
    expect(await stitch(...pages)).toEqual([
      { kind: 'session', cause: 'new', ref: 'shop/q3', count: 4 },
    ]);
    expect(await stitch(seen({ id: 'x', type: 'x-nothing', channel: 'other' }))).toEqual([]);
  });

  it('says late when something comes before what was there', async () => {
    await stitch(seen({ id: 'p2', at: START + 10 * MINUTE }));
    const late = await stitch(seen({ id: 'p1', at: START }));
    expect(late).toHaveLength(2);
    expect(late).toContainEqual({ kind: 'session', cause: 'late', ref: 'shop/p1', count: 2 });
    expect(late).toContainEqual({
      kind: 'tombstone',
      cause: 'late',
      ref: 'shop/p1',
      count: undefined,
    });
  });

  it('says update and withdrawal, and takes a withdrawn fact back', async () => {
    const answer = { id: 'a', type: 'survey.answered', channel: 'email' } as const;
    await stitch(seen({ ...answer, data: { instrument: 'nps', score: 3 } }));
    const edited = await stitch(
      seen({ ...answer, version: 1, data: { instrument: 'nps', score: 9 } }),
    );
    expect(edited).toEqual([{ kind: 'survey', cause: 'update', ref: 'shop/a', count: 1 }]);
    const withdrawn = await stitch(seen({ ...answer, version: 2, withdrawn: true }));
    expect(withdrawn).toEqual([
      { kind: 'tombstone', cause: 'withdrawal', ref: 'shop/a', count: undefined },
    ]);
  });

  it('keeps the highest content revision when a lower one comes later', async () => {
    const answer = { id: 'a', type: 'survey.answered', channel: 'email' } as const;
    const older = seen({ ...answer, data: { instrument: 'nps', score: 3 } });
    const newer = seen({ ...answer, version: 1, data: { instrument: 'nps', score: 9 } });
    await stitch(newer);
    expect(await stitch(older)).toEqual([]);
    expect(journey.archive.replaced.size).toBe(1);
    expect(journey.facts.current()[0]?.measures).toMatchObject({ promoter: 1 });
  });

  it('joins two sessions when their filings come under one profile, and parts them again', async () => {
    await stitch(
      seen({ id: 'p1' }),
      seen({ id: 'p2', at: START + MINUTE, filing: 's:2', profileKey: '2' }),
    );
    const merged = await stitch(movedRecord({ filing: 's:2', profileKey: '1', revision: 2 }));
    expect(merged).toContainEqual({ kind: 'session', cause: 'merge', ref: 's:2', count: 2 });
    const apart = movedRecord({ filing: 's:2', profileKey: '2', revision: 3 });
    const parted = await stitch({ ...apart, headers: { [HEADER.cause]: 'unmerge' } });
    expect(parted).toContainEqual({ kind: 'session', cause: 'unmerge', ref: 's:2', count: 1 });
    expect(journey.facts.current()).toHaveLength(2);
  });

  it('ignores a mapping that is older than the one it knows', async () => {
    await stitch(movedRecord({ filing: 's:1', profileKey: '9', revision: 5 }));
    await stitch(seen({ id: 'p' }));
    expect(journey.archive.timelineOf('9')).toHaveLength(1);
  });

  it('gives a late segment to the facts from its instant on, and to no older one', async () => {
    const order = (id: string, at: number) =>
      seen({
        id,
        at,
        type: 'store.purchased',
        channel: 'store',
        data: { value: 1, currency: 'EUR' },
      });
    await stitch(order('before', START), order('after', START + 2 * MINUTE));
    const gold = profileRecord({
      profileKey: '1',
      revision: 1,
      isGone: false,
      segments: [{ value: 'gold', at: START + MINUTE }],
    });
    expect(await stitch(gold)).toEqual([
      { kind: 'order', cause: 'update', ref: 'segment', count: 1 },
    ]);
    const segments = journey.facts.current().map(({ at, dims }) => [at - START, dims.segment]);
    expect(segments).toContainEqual([0, undefined]);
    expect(segments).toContainEqual([2 * MINUTE, 'gold']);
  });

  it('sets aside what it cannot read and names why', async () => {
    const good = seen({ id: 'p' });
    const { [HEADER.filing]: _, ...headers } = good.headers;
    await stitch(
      { ...good, headers },
      good,
      logRecord({ topic: good.topic, key: 'k', headers: {}, value: null }),
    );
    expect(journey.unitOfWork.deadLetters).toMatchObject([
      { code: 'undecodable', detail: expect.stringContaining('tl_filing') },
      { code: 'undecodable' },
    ]);
    expect(journey.facts.current()).toHaveLength(1);
  });
});

describe('sweeping deadlines', () => {
  it('makes a session final once, when its time has come', async () => {
    await stitch(seen({ id: 'p' }));
    expect(await sweeping.execute(START + 30 * MINUTE - 1)).toBe(0);
    expect(await sweeping.execute(START + 30 * MINUTE)).toBe(1);
    expect(await sweeping.execute(START + 60 * MINUTE)).toBe(0);
    expect(journey.unitOfWork.published.map(short).at(-1)).toMatchObject({
      kind: 'session',
      cause: 'deadline',
    });
  });

  it('looks again later when the session went on meanwhile', async () => {
    await stitch(seen({ id: 'p' }));
    await stitch(seen({ id: 'q', at: START + 20 * MINUTE }));
    expect(await sweeping.execute(START + 30 * MINUTE)).toBe(0);
    expect(await sweeping.execute(START + 50 * MINUTE)).toBe(1);
  });

  it('never turns the watermark back', async () => {
    await sweeping.execute(START + 60 * MINUTE);
    await sweeping.execute(START);
    await stitch(seen({ id: 'p' }));
    expect(journey.facts.current()[0]?.status).toBe('final');
  });
});

describe('what a late interaction costs', () => {
  const grown = async (pages: number) => {
    const all = Array.from({ length: pages }, (_, page) =>
      seen({ id: `p${page}`, at: START + page * 10 * MINUTE }),
    );
    await stitch(...all);
    const ten = Array.from({ length: 10 }, (_, page) =>
      seen({
        id: `q${page}`,
        at: START + (pages - page) * 10 * MINUTE + 1,
        filing: 's:2',
        profileKey: '2',
      }),
    );
    await stitch(...ten);
    return journey.archive.entriesRead;
  };

  it.each([10, 1_000, 10_000])(
    'depends on what is near, not on the %i before: five back, or ten merged in',
    async (pages) => {
      const before = await grown(pages);
      await stitch(seen({ id: 'late', at: START + (pages - 5) * 10 * MINUTE + 1 }));
      await stitch(movedRecord({ filing: 's:2', profileKey: '1', revision: 2 }));
      const most = FOLDING.checkpointEvery * 2 + 11;
      expect(journey.archive.entriesRead - before).toBeLessThanOrEqual(2 * most);
    },
  );
});

describe('a derivation that throws', () => {
  const explosive = {
    ...FOLDING,
    kinds: [
      {
        ...session,
        takes: session.takes,
        evolve(...[open, step, thresholds]: Parameters<typeof session.evolve>) {
          if (step.kind === 'interaction' && step.entry.interaction.id === 'bomb')
            throw new Error('cannot fold a bomb');
          return session.evolve(open, step, thresholds);
        },
      },
    ],
  };
  const profile = async () => {
    const found = await journey.unitOfWork.run((transaction) =>
      journey.stores.profiles.read(transaction, [{ tenant: 'default', profileKey: '1' }]),
    );
    return found[0];
  };
  const bomb = { id: 'bomb', at: START + MINUTE } as const;

  beforeEach(() => {
    stitching = new StitchBatch(
      journey.unitOfWork,
      journey.stores,
      new FixedClock(START),
      explosive,
    );
  });

  it('keeps the rows and the last good facts of its profile, and does not hold up its neighbours', async () => {
    await stitch(seen({ id: 'p' }));
    const published = await stitch(
      seen(bomb),
      seen({ id: 'x', filing: 's:2', profileKey: '2', at: START }),
    );
    expect(published).toMatchObject([{ kind: 'session', ref: 'shop/x' }]);
    expect(journey.archive.timelineOf('1')).toHaveLength(2);
    expect(journey.facts.current().map(({ interactions }) => interactions.count)).toEqual([1, 1]);
    expect((await profile())?.quarantine).toMatchObject({ detail: 'Error: cannot fold a bomb' });
  });

  it('is tried again with the next version, and the facts are those of the whole timeline', async () => {
    await stitch(seen({ id: 'p' }));
    await stitch(seen(bomb));
    await stitch(seen({ id: 'q', at: START + 2 * MINUTE }));
    expect((await profile())?.quarantine).toBeDefined();
    await stitch(seen({ ...bomb, version: 1, withdrawn: true }));
    expect((await profile())?.quarantine).toBeUndefined();
    expect(journey.facts.current()).toMatchObject([{ interactions: { count: 2 } }]);
  });

  it('is tried again by command', async () => {
    await stitch(seen({ id: 'p' }));
    await stitch(seen(bomb));
    const clock = new FixedClock(START);
    const ref = { tenant: 'default', profileKey: '1' };
    const asBefore = new RetryQuarantine(journey.unitOfWork, journey.stores, clock, explosive);
    expect(await asBefore.execute(ref)).toMatchObject({ status: 'quarantined' });
    const repaired = new RetryQuarantine(journey.unitOfWork, journey.stores, clock);
    expect(await repaired.execute(ref)).toMatchObject({ status: 'released', changedFacts: 1 });
    expect(journey.facts.current()).toMatchObject([{ interactions: { count: 2 } }]);
    await expect(repaired.execute(ref)).rejects.toMatchObject({ code: 'not-found' });
  });
});
