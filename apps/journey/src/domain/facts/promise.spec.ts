import { describe, expect, it } from '@jest/globals';
import { formatInstant } from '#contracts';
import { inOrder, type Entry } from '../timeline.js';
import { START, told } from '../told.fixture.js';
import { promise } from './promise.js';

const HOUR = 3_600_000;
const DUE = START + 10 * HOUR;
const word = (type: string, hours: number, rest: object = {}): Entry =>
  told({
    id: `${type}-${hours}`,
    type,
    channel: 'phone',
    at: START + hours * HOUR,
    data: { promiseId: 'p', ...rest },
  });
const made = (hours = 0, dueAt = DUE) =>
  word('promise.made', hours, { dueAt: formatInstant(dueAt) });
const derived = (watermark: number, ...entries: Entry[]) =>
  promise.derive('fact', inOrder(entries), watermark);

describe('a promise', () => {
  it('is open and provisional until it is due', () => {
    expect(derived(DUE - 1, made())).toMatchObject({
      at: DUE,
      status: 'provisional',
      finalAt: DUE,
      measures: { due: 1, open: 1, kept: 0, keptLate: 0, broken: 0, cancelled: 0 },
    });
  });

  it('is broken the moment its deadline passes, by time alone', () => {
    const fact = derived(DUE, made());
    expect(fact).toMatchObject({ status: 'final', measures: { due: 1, open: 0, broken: 1 } });
  });

  it('is kept at its very deadline, and final then', () => {
    const fact = derived(0, made(), word('promise.kept', 10));
    expect(fact).toMatchObject({ status: 'final', measures: { kept: 1, broken: 0 } });
    expect(fact).not.toHaveProperty('finalAt');
    expect(fact?.measures).not.toHaveProperty('latenessMs');
  });

  it('is kept late after it, and no longer broken', () => {
    expect(derived(DUE + HOUR, made(), word('promise.kept', 11))?.measures).toMatchObject({
      keptLate: 1,
      broken: 0,
      kept: 0,
      latenessMs: HOUR,
    });
  });

  it('was never broken when the record of keeping it comes late', () => {
    expect(derived(DUE + 99 * HOUR, word('promise.kept', 9), made())?.measures).toMatchObject({
      kept: 1,
      broken: 0,
    });
  });

  it('is not due when cancelled in time; later a cancellation changes nothing', () => {
    expect(derived(DUE, made(), word('promise.cancelled', 10))?.measures).toMatchObject({
      due: 0,
      cancelled: 1,
    });
    expect(derived(DUE, made(), word('promise.cancelled', 11))?.measures).toMatchObject({
      due: 1,
      broken: 1,
    });
  });

  it('moves its deadline with a new word in time, and not with one after it', () => {
    const later = DUE + 5 * HOUR;
    expect(derived(DUE, made(), made(10, later))?.at).toBe(later);
    expect(derived(DUE, made(), made(11, later))?.at).toBe(DUE);
  });

  it('needs somebody who made it, with a deadline', () => {
    expect(derived(DUE, word('promise.kept', 1))).toBeUndefined();
    expect(derived(DUE, word('promise.made', 1, { dueAt: 'soon' }))).toBeUndefined();
  });

  it('is one promise whichever sources tell of it', () => {
    const id = (source: string) =>
      promise.factId(told({ ...made().interaction, source }).interaction);
    expect(id('crm')).toBe(id('billing'));
    expect(
      promise.factId(told({ type: 'page.viewed', data: { promiseId: 'p' } }).interaction),
    ).toBe(undefined);
  });
});
