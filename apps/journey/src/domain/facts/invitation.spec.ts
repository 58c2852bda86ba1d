import { describe, expect, it } from '@jest/globals';
import { START, told } from '../told.fixture.js';
import type { Entry } from '../timeline.js';
import { foldKind } from './fold.fixture.js';
import { ANSWER_MS, invitation, OPEN_INVITATIONS_MAX } from './invitation.js';

const DAY = 86_400_000;
let number = 0;
const said = (type: string, days: number, data: object = {}): Entry =>
  told({
    id: `${number++}`,
    type,
    channel: 'email',
    at: START + days * DAY,
    data: { about: 'call-1', ...data },
  });
const folded = (watermark: number, ...entries: Entry[]) => foldKind(invitation, entries, watermark);
const counted = (...entries: Entry[]) =>
  folded(START + ANSWER_MS, ...entries).map(({ measures }) => measures);
const invited = (days = 0, data: object = {}) => said('survey.invited', days, data);

describe('an invitation', () => {
  it('waits 30 days for an answer, provisionally', () => {
    const open = { measures: { nps: 1, delivered: 1, answered: 0 }, finalAt: START + ANSWER_MS };
    const sent = invited(0, { instrument: 'nps' });
    expect(folded(START + ANSWER_MS - 1, sent)).toMatchObject([{ ...open, status: 'provisional' }]);
    expect(folded(START + ANSWER_MS, sent)).toMatchObject([{ ...open, status: 'final' }]);
  });

  it('is answered about the same thing, on the last instant too, and final then', () => {
    const [fact] = folded(START, invited(), said('survey.answered', 30));
    expect(fact).toMatchObject({ status: 'final', at: START, measures: { answered: 1 } });
    expect(counted(invited(), said('survey.answered', 31))).toMatchObject([{ answered: 0 }]);
    expect(counted(invited(), said('survey.answered', 1, { about: 'call-2' }))).toMatchObject([
      { answered: 0 },
    ]);
  });

  it('is the last one of its instrument that is answered, once', () => {
    const csat = { instrument: 'csat' };
    const facts = folded(
      START,
      invited(0, { instrument: 'nps' }),
      invited(1, csat),
      invited(2, csat),
      said('survey.answered', 3, csat),
    );
    expect(facts.map(({ measures }) => measures['answered'])).toEqual([0, 0, 1]);
  });

  it('is not delivered when it bounces, unless it was answered all the same', () => {
    expect(counted(invited(), said('email.bounced', 1))).toMatchObject([{ delivered: 0 }]);
    expect(counted(invited(), said('email.bounced', 1), said('survey.answered', 2))).toMatchObject([
      { delivered: 1, answered: 1 },
    ]);
  });

  it('stays within bounds: one too many closes the one silent longest', () => {
    const sent = Array.from({ length: OPEN_INVITATIONS_MAX + 1 }, (_, n) => invited(n));
    const closed = folded(START, ...sent).filter(({ status }) => status === 'final');
    expect(closed.map(({ from }) => from)).toEqual([START]);
  });
});
