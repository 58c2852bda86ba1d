import { describe, expect, it } from '@jest/globals';
import type { Channel } from '#contracts';
import { START, told } from '../told.fixture.js';
import type { Entry } from '../timeline.js';
import { foldKind } from './fold.fixture.js';
import { issue, OPEN_ISSUES_MAX } from './issue.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LATER = START + 400 * DAY;
let number = 0;
function said(type: string, hours: number, rest: Partial<Parameters<typeof told>[0]> = {}): Entry {
  return told({
    id: `${number++}`,
    type,
    channel: 'phone',
    at: START + hours * HOUR,
    topic: 'billing',
    ...rest,
  });
}
const call = (hours: number, rest: Partial<Parameters<typeof told>[0]> = {}) =>
  said('call.recorded', hours, { data: { disposition: 'answered' }, ...rest });
const on = (channel: Channel) => ({ channel });
const folded = (watermark: number, ...entries: Entry[]) => foldKind(issue, entries, watermark);
const counted = (...entries: Entry[]) => folded(LATER, ...entries).map(({ measures }) => measures);

describe('an issue', () => {
  it('is provisional until a week after its last word, then final by time alone', () => {
    const fact = { at: START, dims: { topic: 'billing' }, finalAt: START + 7 * DAY };
    expect(folded(START + 7 * DAY - 1, call(0))).toMatchObject([
      { ...fact, status: 'provisional' },
    ]);
    expect(folded(START + 7 * DAY, call(0))).toMatchObject([
      {
        ...fact,
        status: 'final',
        measures: { contacts: 1, repeats: 0, resolved: 1, resolvedOnFirst: 1, resolutionMs: 0 },
      },
    ]);
  });

  it('goes on with a contact exactly a week later, and not a moment after', () => {
    expect(counted(call(0), call(7 * 24))).toMatchObject([
      { contacts: 2, repeats: 1, resolved: 1, resolvedOnFirst: 0, resolutionMs: 7 * DAY },
    ]);
    expect(counted(call(0), call(7 * 24 + 1))).toHaveLength(2);
  });

  it('crosses channels but not topics', () => {
    const mail = { ...on('email'), direction: 'inbound' } as const;
    expect(counted(call(0), said('email.received', 30, mail))).toMatchObject([
      { contacts: 2, channels: 2, handoffs: 1, failedHandoffs: 0 },
    ]);
    expect(counted(call(0), call(1, { topic: 'delivery' }))).toHaveLength(2);
  });

  it('counts a handoff as failed when the customer starts again within a day of something unresolved', () => {
    const again = said('email.received', 23, on('email'));
    expect(counted(call(0), again)).toMatchObject([{ handoffs: 1, failedHandoffs: 1 }]);
    const solved = call(0, { data: { disposition: 'resolved' } });
    expect(counted(solved, again)).toMatchObject([{ handoffs: 1, failedHandoffs: 0 }]);
    expect(counted(call(0), said('email.received', 24, on('email')))).toMatchObject([
      { handoffs: 1, failedHandoffs: 0 },
    ]);
  });

  it('takes all words of one conversation as one contact, and the week begins with the last', () => {
    const chat = { ...on('chat'), conversation: 'c' } as const;
    const facts = folded(
      LATER,
      said('chat.started', 0, chat),
      said('chat.message', 5 * 24, { ...chat, data: { author: 'agent' }, topic: 'other' }),
      call(11 * 24),
    );
    expect(facts).toMatchObject([{ measures: { contacts: 2, channels: 2 } }]);
    expect(facts[0]?.interactions.count).toBe(2);
  });

  it('is not resolved when nobody answered', () => {
    const [measures] = counted(said('call.abandoned', 0));
    expect(measures).toMatchObject({ contacts: 1, resolved: 0, resolvedOnFirst: 0 });
    expect(measures).not.toHaveProperty('resolutionMs');
  });

  it('stays open with its case, and is resolved with it', () => {
    const record = (type: string, hours: number) =>
      said(type, hours, { conversation: 'case:1', data: { caseId: '1' } });
    expect(folded(START + 30 * DAY, record('case.opened', 0))).toMatchObject([
      { status: 'provisional', measures: { resolved: 0 } },
    ]);
    expect(counted(record('case.opened', 0), record('case.resolved', 20 * 24))).toMatchObject([
      { contacts: 1, resolved: 1, resolvedOnFirst: 1, resolutionMs: 20 * DAY },
    ]);
    expect(counted(record('case.opened', 0))).toMatchObject([{ resolved: 0 }]);
  });

  it('lets an internal case record open the case and no contact', () => {
    const internal = said('case.opened', 1, { direction: 'internal', data: { caseId: '1' } });
    expect(counted(call(0), internal)).toMatchObject([{ contacts: 1, resolved: 0 }]);
    expect(counted(internal)).toEqual([]);
  });

  it('takes on the topic it is told late, unless an issue of that topic is open', () => {
    const ring = said('call.queued', 1, { conversation: 'c', topic: undefined } as object);
    const end = said('call.ended', 2, { conversation: 'c' });
    expect(folded(LATER, ring, end)).toMatchObject([{ dims: { topic: 'billing' } }]);
    expect(folded(LATER, call(0), ring, end)).toHaveLength(2);
  });

  it('has no part in an answer that nobody asked for', () => {
    expect(counted(said('email.sent', 0, { conversation: 'spring', channel: 'email' }))).toEqual(
      [],
    );
  });

  it('stays within bounds: one topic too many closes the issue silent longest', () => {
    const calls = Array.from({ length: OPEN_ISSUES_MAX + 1 }, (_, n) =>
      call(n, { topic: `t${n}` }),
    );
    const closed = folded(START, ...calls).filter(({ status }) => status === 'final');
    expect(closed.map(({ from }) => from)).toEqual([START]);
  });
});
