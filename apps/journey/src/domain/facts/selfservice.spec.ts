import { describe, expect, it } from '@jest/globals';
import { START, told } from '../told.fixture.js';
import type { Entry } from '../timeline.js';
import { foldKind } from './fold.fixture.js';
import { OPEN_RUNS_MAX, selfservice } from './selfservice.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let number = 0;
const said = (type: string, hours: number, rest: Partial<Parameters<typeof told>[0]> = {}): Entry =>
  told({ id: `${number++}`, type, channel: 'self-service', at: START + hours * HOUR, ...rest });
const began = (hours: number, flow = 'ivr') =>
  said('selfservice.started', hours, { data: { flow } });
const ended = (hours: number, data: object = {}) =>
  said('selfservice.completed', hours, { data: { flow: 'ivr', ...data } });
const folded = (watermark: number, ...entries: Entry[]) =>
  foldKind(selfservice, entries, watermark);
const counted = (...entries: Entry[]) =>
  folded(START + 99 * DAY, ...entries).map(({ measures }) => measures);

describe('a self-service run', () => {
  it('is truly contained once a day has passed without a human contact', () => {
    const run = { at: START, finalAt: START + HOUR + DAY };
    const measures = { contained: 1, trulyContained: 1, completed: 1, durationMs: HOUR };
    expect(folded(START + HOUR + DAY - 1, began(0), ended(1))).toMatchObject([
      { ...run, measures, status: 'provisional' },
    ]);
    expect(folded(START + HOUR + DAY, began(0), ended(1))).toMatchObject([
      { ...run, measures, status: 'final' },
    ]);
  });

  it('is not, when the profile then turns to a person on any channel, exactly a day later too', () => {
    for (const type of ['call.queued', 'email.received', 'social.messaged', 'desk.visited']) {
      expect(counted(began(0), ended(1), said(type, 25))).toMatchObject([
        { contained: 1, trulyContained: 0 },
      ]);
    }
    expect(counted(began(0), ended(1), said('call.queued', 26))).toMatchObject([
      { trulyContained: 1 },
    ]);
  });

  it('is not harmed by what came before it, by a campaign, or by a chat with a bot', () => {
    const bot = said('chat.message', 2, { data: { author: 'bot' } });
    const mail = said('email.received', 3, { direction: 'outbound' });
    expect(counted(said('call.queued', -1), began(0), ended(1), bot, mail)).toMatchObject([
      { trulyContained: 1 },
    ]);
    const agent = said('chat.message', 4, { data: { author: 'agent' } });
    expect(counted(began(0), ended(1), agent)).toMatchObject([{ trulyContained: 0 }]);
  });

  it('is not contained at all when it escalates', () => {
    expect(counted(began(0), ended(1, { escalated: true }))).toMatchObject([
      { contained: 0, trulyContained: 0, escalated: 1 },
    ]);
  });

  it('is each its own with each start, and one with its conversation', () => {
    expect(counted(began(0), began(1), ended(2))).toMatchObject([
      { completed: 0 },
      { completed: 1 },
    ]);
    const talk = { conversation: 'r' };
    expect(
      counted(said('selfservice.started', 0, talk), said('selfservice.started', 1, talk)),
    ).toHaveLength(1);
  });

  it('stays within bounds: one too many closes the one silent longest', () => {
    const runs = Array.from({ length: OPEN_RUNS_MAX + 1 }, (_, n) => began(n));
    const closed = folded(START, ...runs).filter(({ status }) => status === 'final');
    expect(closed.map(({ from }) => from)).toEqual([START]);
  });
});
