import { describe, expect, it } from '@jest/globals';
import { formatInstant } from '#contracts';
import { FixedClock } from '#kernel';
import { told } from '../domain/told.fixture.js';
import { batchOf, identifiedRecord, START } from './history.fixture.js';
import { memoryJourney } from './memory-stores.fixture.js';
import { StitchBatch } from './stitch-batch.js';
import { SweepDeadlines } from './sweep-deadlines.js';

const HOUR = 3_600_000;

describe('a sweep', () => {
  it('puts the owner of a keyed fact that cannot be derived into quarantine, and goes on with the others', async () => {
    const { unitOfWork, stores, archive, facts } = memoryJourney();
    const clock = new FixedClock(START);
    const stitching = new StitchBatch(unitOfWork, stores, clock);
    const promised = (promiseId: string, profileKey: string) => {
      const data = { promiseId, dueAt: formatInstant(START + HOUR) };
      const { interaction } = told({ id: promiseId, type: 'promise.made', channel: 'phone', data });
      const version = {
        interaction,
        filing: `s:${profileKey}`,
        contentRevision: 1,
        knownRevision: 0,
      };
      return identifiedRecord(version, { filing: `s:${profileKey}`, profileKey, revision: 1 });
    };
    await stitching.execute(batchOf([promised('bad', '1'), promised('good', '2')]));
    const bad = [...archive.rows.values()].find(({ interaction }) => interaction.id === 'bad');
    Object.defineProperty(bad?.interaction.data, 'dueAt', {
      get: () => {
        throw new Error('cannot be derived');
      },
    });
    const sweeping = new SweepDeadlines(unitOfWork, stores, clock);
    expect(await sweeping.execute(START + 2 * HOUR)).toBe(1);
    const statuses = facts.current().map(({ profileKey, status }) => [profileKey, status]);
    expect(statuses.toSorted()).toEqual([
      ['1', 'provisional'],
      ['2', 'final'],
    ]);
    const transaction = { query: () => Promise.reject(new Error('no database here')) };
    const owners = await stores.profiles.read(transaction, [
      { tenant: 'default', profileKey: '1' },
      { tenant: 'default', profileKey: '2' },
    ]);
    expect(owners.map(({ quarantine }) => quarantine?.detail)).toEqual([
      'Error: cannot be derived',
      undefined,
    ]);
    expect(await facts.dueKeyed(transaction, { at: START + 2 * HOUR, max: 10 })).toEqual([]);
  });
});
