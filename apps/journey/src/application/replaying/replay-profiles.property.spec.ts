import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER } from '#contracts';
import { FixedClock } from '#kernel';
import { Differences } from '#replay';
import type { Folding } from '../../domain/checkpoint.js';
import { FOLDING } from '../../domain/derive.js';
import { isSameFact } from '../../domain/derived-fact.js';
import { arrivalsOf, live, type Arrival } from '../arrival.fixture.js';
import { batchOf, busyHistories, histories, START, TENANT } from '../history.fixture.js';
import { memoryJourney, type MemoryJourney } from '../memory-stores.fixture.js';
import { StitchBatch } from '../stitch-batch.js';
import { SweepDeadlines } from '../sweep-deadlines.js';
import { damage, damages, derivedState } from './damage.fixture.js';
import { MemoryReplays } from './memory-replays.fixture.js';
import { ReplayProfiles } from './replay-profiles.js';

const HOUR = 3_600_000;
const REPLAY = 'replay-1';
const arrivals = arrivalsOf(fc.oneof(histories, busyHistories));

/** Steps of one replay after another, as they are asked for. */
class Replayed {
  readonly differences = new Differences();
  private readonly replaying: ReplayProfiles;
  private position = '';

  constructor(
    private readonly journey: MemoryJourney,
    { checkpointEvery }: Pick<Arrival, 'checkpointEvery'>,
    stepMax = { profiles: 200, rows: 2_000 },
  ) {
    this.replaying = new ReplayProfiles(journey.unitOfWork, {
      stores: journey.stores,
      replays: new MemoryReplays(journey),
      clock: new FixedClock(START),
      folding: { ...FOLDING, checkpointEvery },
      stepMax,
    });
  }

  /** True: it was the last one. */
  async step(): Promise<boolean> {
    const { position, isFinished } = await this.journey.unitOfWork.publish(async (transaction) => {
      const task = {
        id: 'one',
        ref: REPLAY,
        tenant: TENANT,
        position: this.position,
        isDryRun: false,
      };
      const step = await this.replaying.step(transaction, task);
      this.differences.merge(step.differences);
      return { result: step, outgoing: step.outgoing };
    });
    this.position = isFinished ? '' : position;
    return isFinished;
  }

  async whole(): Promise<this> {
    while (!(await this.step()));
    return this;
  }
}

const causes = ({ unitOfWork }: MemoryJourney, from = 0) =>
  unitOfWork.published.slice(from).map(({ headers }) => headers[HEADER.cause]);

const facts = ({ facts: stored }: MemoryJourney) =>
  new Map(stored.current().map((fact) => [fact.id, fact]));

function sweeping(journey: MemoryJourney, { checkpointEvery }: Arrival): SweepDeadlines {
  const folding = { ...FOLDING, checkpointEvery };
  return new SweepDeadlines(journey.unitOfWork, journey.stores, new FixedClock(START), folding);
}

describe('a replay of profiles', () => {
  it('changes nothing and publishes nothing where everything follows from the archive', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 4 }), async (arrival, profiles) => {
        const { journey } = await live(arrival);
        const before = structuredClone(derivedState(journey));
        const published = journey.unitOfWork.published.length;
        const replayed = await new Replayed(journey, arrival, { profiles, rows: 30 }).whole();
        expect(replayed.differences.told()).toEqual({ counts: {}, examples: [] });
        expect(derivedState(journey)).toEqual(before);
        expect(journey.unitOfWork.published.length).toBe(published);
      }),
      { numRuns: 150 },
    );
  });

  it('puts right whatever was damaged, and publishes exactly the facts that differed', async () => {
    let corrected = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, damages, async (arrival, all) => {
        const { journey } = await live(arrival);
        const before = structuredClone(derivedState(journey));
        const right = facts(journey);
        for (const each of all) damage(journey, each);
        const damaged = facts(journey);
        const ids = [...new Set([...right.keys(), ...damaged.keys()])];
        const differing = ids.filter((id) => {
          const [a, b] = [right.get(id), damaged.get(id)];
          return a === undefined || b === undefined || !isSameFact(a, b);
        });
        const published = journey.unitOfWork.published.length;
        await new Replayed(journey, arrival).whole();
        expect(derivedState(journey)).toEqual(before);
        const told = journey.unitOfWork.published.slice(published);
        expect(told.map(({ key }) => key.split('\u001f').at(-1)).sort()).toEqual(differing.sort());
        for (const { headers } of told)
          expect(headers).toMatchObject({ ce_cause: 'rules', ce_causeref: REPLAY });
        expect((await new Replayed(journey, arrival).whole()).differences.total).toBe(0);
        corrected += differing.length;
      }),
      { numRuns: 300 },
    );
    expect(corrected).toBeGreaterThan(250);
  });

  it('leaves timelines that live batches and sweeps go on from as if nothing had been damaged', async () => {
    const inTwo = arrivals.chain((arrival) =>
      fc.record({
        arrival: fc.constant(arrival),
        after: fc.nat(arrival.batches.length),
        all: damages,
      }),
    );
    await fc.assert(
      fc.asyncProperty(inTwo, async ({ arrival, after, all }) => {
        const undamaged = await live(arrival);
        const { journey } = await live(arrival, async (batch, each) => {
          if (batch !== after) return;
          for (const one of all) damage(each, one);
          await new Replayed(each, arrival, { profiles: 1, rows: 30 }).whole();
        });
        const later = START + 90 * 24 * HOUR;
        await sweeping(undamaged.journey, arrival).execute(later);
        await sweeping(journey, arrival).execute(later);
        expect(derivedState(journey)).toEqual(derivedState(undamaged.journey));
      }),
      { numRuns: 150 },
    );
  });

  it('beside live batches, moves and sweeps ends where the history ends without it', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 3 }), async (arrival, profiles) => {
        const alone = await live(arrival);
        let replayed: Replayed | undefined;
        const { journey } = await live(arrival, async (_, each) => {
          replayed ??= new Replayed(each, arrival, { profiles, rows: 10 });
          await replayed.step();
        });
        expect(derivedState(journey)).toEqual(derivedState(alone.journey));
        expect(replayed?.differences.total).toBe(0);
        expect(causes(journey)).not.toContain('rules');
      }),
      { numRuns: 150 },
    );
  });

  it('tells what time alone has brought as deadlines, when the sweeper was not there yet', async () => {
    let deadlines = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 40 }), async (arrival, days) => {
        const swept = await live(arrival);
        const { journey } = await live(arrival);
        const at = START + days * 24 * HOUR;
        await sweeping(swept.journey, arrival).execute(at);
        const published = journey.unitOfWork.published.length;
        await journey.unitOfWork.run((each) => journey.stores.profiles.advanceWatermark(each, at));
        const replayed = await new Replayed(journey, arrival).whole();
        expect(replayed.differences.total).toBe(0);
        expect(derivedState(journey)).toEqual(derivedState(swept.journey));
        expect(causes(journey, published)).not.toContain('rules');
        deadlines += journey.unitOfWork.published.length - published;
      }),
      { numRuns: 100 },
    );
    expect(deadlines).toBeGreaterThan(50);
  });
});

/** Before it knew of issues and carts; what the kinds that it had kept is of no use to the ones of now. */
const FORMER: Folding = {
  ...FOLDING,
  version: FOLDING.version - 1,
  kinds: FOLDING.kinds.filter(({ kind }) => kind !== 'issue' && kind !== 'cart'),
  checkpointEvery: 2,
};

async function deployed({ batches, sweeps }: Arrival, after: number): Promise<MemoryJourney> {
  const journey = memoryJourney();
  const clock = new FixedClock(START);
  for (const [index, records] of batches.entries()) {
    const folding = index < after ? FORMER : { ...FOLDING, checkpointEvery: 2 };
    const { unitOfWork, stores } = journey;
    await new StitchBatch(unitOfWork, stores, clock, folding).execute(batchOf(records));
    const hours = sweeps[index];
    if (hours === undefined) continue;
    await new SweepDeadlines(unitOfWork, stores, clock, folding).execute(START + hours * HOUR);
  }
  return journey;
}

describe('a changed fold', () => {
  const deployments = arrivals.chain((arrival) =>
    fc.record({ arrival: fc.constant(arrival), after: fc.nat(arrival.batches.length) }),
  );

  it('misreads nothing of the former one, and a replay finishes what live batches have begun', async () => {
    let begun = 0;
    await fc.assert(
      fc.asyncProperty(deployments, async ({ arrival, after }) => {
        const always = await deployed(arrival, 0);
        const journey = await deployed(arrival, after);
        const timelines = [...journey.profiles.rows.values()].filter(
          ({ standing }) => standing?.version === FOLDING.version,
        );
        const own = new Set(timelines.map(({ profileKey }) => profileKey));
        const ofOwn = (each: MemoryJourney) =>
          derivedState(each).facts.filter(({ profileKey }) => own.has(profileKey));
        expect(ofOwn(journey)).toEqual(ofOwn(always));
        const replay = new Replayed(journey, { checkpointEvery: 2 }, { profiles: 1, rows: 10 });
        await replay.whole();
        expect(derivedState(journey)).toEqual(derivedState(always));
        if (after > 0 && own.size > 0) begun += 1;
      }),
      { numRuns: 150 },
    );
    expect(begun).toBeGreaterThan(40);
  });
});
