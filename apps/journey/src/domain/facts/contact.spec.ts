import { describe, expect, it } from '@jest/globals';
import { deriveKeyed, keyedFactIds } from '../derive.js';
import { told, START } from '../told.fixture.js';
import type { Entry } from '../timeline.js';

const SECOND = 1_000;
const derived = (...entries: Entry[]) =>
  deriveKeyed(keyedFactIds((entries[0] as Entry).interaction)[0] ?? '', entries, 0);

function call(type: string, seconds: number, rest: object = {}): Entry {
  const conversation = 'call-1';
  return told({
    id: `${type}-${seconds}`,
    type,
    channel: 'phone',
    direction: 'inbound',
    conversation,
    at: START + seconds * SECOND,
    ...rest,
  });
}

function message(author: string, seconds: number): Entry {
  const conversation = 'chat-1';
  return told({
    id: `m-${seconds}`,
    type: 'chat.message',
    channel: 'chat',
    conversation,
    at: START + seconds * SECOND,
    data: { author },
  });
}

describe('a contact', () => {
  it('is measured between the events of a call when the source reports no figures', () => {
    const contact = derived(
      call('call.queued', 0),
      call('call.answered', 15, { agent: 'anna' }),
      call('call.held', 60),
      call('call.resumed', 90),
      call('call.ended', 135),
    );
    expect(contact).toMatchObject({
      from: START,
      to: START + 135 * SECOND,
      at: START,
      dims: { channel: 'phone', agent: 'anna' },
    });
    expect(contact?.measures).toEqual({
      offered: 1,
      answered: 1,
      abandoned: 0,
      handled: 1,
      transfers: 0,
      waitMs: 15_000,
      talkMs: 90_000,
      holdMs: 30_000,
      wrapUpMs: 0,
      handleMs: 120_000,
      firstResponseMs: 15_000,
    });
  });

  it('takes the figures that the source reports before its own', () => {
    const data = { talkMs: 100, holdMs: 20, wrapUpMs: 3 };
    const contact = derived(
      call('call.queued', 0),
      call('call.answered', 15, { data: { waitMs: 14_000 } }),
      call('call.ended', 60, { data }),
    );
    expect(contact?.measures).toMatchObject({
      waitMs: 14_000,
      talkMs: 100,
      holdMs: 20,
      wrapUpMs: 3,
      handleMs: 123,
    });
  });

  it('is abandoned when nobody answered, and has no talk time then', () => {
    const { measures } = derived(call('call.queued', 0), call('call.abandoned', 40)) ?? {};
    expect(measures).toMatchObject({
      offered: 1,
      answered: 0,
      abandoned: 1,
      handled: 0,
      waitMs: 40_000,
    });
    expect(measures).not.toHaveProperty('talkMs');
  });

  it('says nothing about the wait before its beginning was told', () => {
    expect(derived(call('call.answered', 15))?.measures).not.toHaveProperty('waitMs');
  });

  it('is one summary record as well as its events', () => {
    const data = { waitMs: 5, talkMs: 10, holdMs: 2, wrapUpMs: 1, disposition: 'resolved' };
    expect(derived(call('call.recorded', 0, { data }))?.measures).toMatchObject({
      answered: 1,
      handled: 1,
      handleMs: 13,
      waitMs: 5,
    });
    const gaveUp = { waitMs: 5, disposition: 'abandoned' };
    expect(derived(call('call.recorded', 0, { data: gaveUp }))?.measures).toMatchObject({
      answered: 0,
      abandoned: 1,
    });
  });

  it('counts a chat as answered by an agent, and not as offered when a bot settled it', () => {
    expect(derived(message('customer', 0), message('bot', 1))?.measures).toMatchObject({
      offered: 0,
      answered: 0,
      abandoned: 0,
    });
    expect(
      derived(message('customer', 0), message('bot', 1), message('agent', 9))?.measures,
    ).toMatchObject({ offered: 1, answered: 1 });
  });

  it('responds to a mail without ever being offered', () => {
    const mail = (type: string, minutes: number) =>
      told({
        id: type,
        type,
        channel: 'email',
        conversation: 'ticket',
        at: START + minutes * 60_000,
        direction: type === 'email.sent' ? 'outbound' : 'inbound',
      });
    const contact = derived(mail('email.received', 0), mail('email.sent', 50));
    expect(contact?.measures).toEqual({ responded: 1, firstResponseMs: 3_000_000, transfers: 0 });
  });

  it('needs something inbound: a campaign mail or an outbound call is none', () => {
    const sent = { type: 'email.sent', channel: 'email' } as const;
    expect(keyedFactIds(told({ id: 'm', ...sent }).interaction)).toEqual([]);
    expect(derived(told({ id: 'm', ...sent, conversation: 'spring' }))).toBeUndefined();
    expect(derived(call('call.answered', 0, { direction: 'outbound' }))).toBeUndefined();
  });

  it('is the conversation of one source: the same name elsewhere is another', () => {
    const of = (source: string) => keyedFactIds(call('call.queued', 0, { source }).interaction)[0];
    expect(of('emea')).not.toBe(of('apac'));
  });
});
