/** Written conversations with the service: chats, e-mail threads, messengers, social messages. */
import type { Channel, Identifier } from '#contracts';
import { type Script, identify, MINUTE_MS, SECOND_MS } from '../script.js';
import { AGENTS, TOPICS } from './catalogue.js';
import { survey } from './survey.js';

interface Thread {
  readonly source: string;
  readonly channel: Channel;
  readonly kind: string;
  readonly identifiers: readonly Identifier[];
  readonly touchpoint: string;
}

/** Chat on the site: under the cookie, and after the greeting often under the login or the e-mail that was asked for. */
export function chat(script: Script, startAt: number): void {
  const { person, random } = script;
  const device = person.devices[0];
  const name = random.weighted<readonly [string, string | undefined]>([
    [['userId', person.userId], 5],
    [['email', person.emails[0]], 3],
    [['anonymousId', device.anonymousId], 2],
  ]);
  const thread: Thread = {
    source: 'live-chat',
    channel: 'chat',
    kind: 'chat',
    identifiers: identify(['anonymousId', device.anonymousId], name),
    touchpoint: 'help',
  };
  tellChat(script, startAt, thread);
}

export function messenger(script: Script, startAt: number): void {
  const identifiers = identify(['whatsapp', script.person.phone]);
  tellChat(script, startAt, {
    source: 'messenger',
    channel: 'messaging',
    kind: 'messages',
    identifiers,
    touchpoint: 'whatsapp',
  });
}

function tellChat(script: Script, startAt: number, thread: Thread): void {
  const { random } = script;
  const conversation = script.number(thread.kind);
  const agent = random.pick(AGENTS);
  const topic = random.pick(TOPICS);
  const { kind: _, ...rest } = thread;
  const line = { ...rest, conversation, topic, direction: 'inbound' } as const;
  let at = Math.round(startAt);
  if (at + 30 * MINUTE_MS >= script.endAt) return;
  script.tell({ ...line, at, type: 'chat.started', data: {} });
  const turns = random.between(1, 4);
  for (let turn = 0; turn < turns; turn++) {
    at += random.between(5, 60) * SECOND_MS;
    script.tell({
      ...line,
      at,
      type: 'chat.message',
      data: { author: 'customer', text: `about ${topic}` },
    });
    at += random.between(10, 90) * SECOND_MS;
    const reply = { author: 'agent', text: 'let me look into that' };
    script.tell({ ...line, at, type: 'chat.message', direction: 'outbound', agent, data: reply });
  }
  at += random.between(10, 120) * SECOND_MS;
  script.tell({ ...line, at, type: 'chat.ended', agent, data: { outcome: 'resolved' } });
  script.contacts.push({
    source: thread.source,
    conversation,
    person: script.person.name,
    channel: thread.channel,
    topic,
    startedAt: Math.round(startAt),
    endedAt: at,
    answered: true,
  });
  if (random.chance(0.3)) {
    survey(script, {
      at: at + random.between(1, 30) * MINUTE_MS,
      about: conversation,
      source: thread.source,
      isHappy: turns < 3,
    });
  }
}

/** A mail to the service and its answer, both under the ticket; written from any of the person's addresses. */
export function mail(script: Script, startAt: number): void {
  const { random, person } = script;
  const conversation = script.number('ticket');
  const topic = random.pick(TOPICS);
  const identifiers = identify(['email', random.pick(person.emails)]);
  const line = {
    source: 'service-mail',
    channel: 'email',
    conversation,
    topic,
    identifiers,
    touchpoint: 'inbox',
  } as const;
  const answeredAt = startAt + random.between(20, 900) * MINUTE_MS;
  if (answeredAt >= script.endAt) return;
  script.tell({
    ...line,
    at: startAt,
    type: 'email.received',
    direction: 'inbound',
    data: { subject: topic },
  });
  script.tell({
    ...line,
    at: answeredAt,
    type: 'email.sent',
    direction: 'outbound',
    agent: random.pick(AGENTS),
    data: { subject: `Re: ${topic}` },
  });
  script.contacts.push({
    source: 'service-mail',
    conversation,
    person: person.name,
    channel: 'email',
    topic,
    startedAt: Math.round(startAt),
    endedAt: Math.round(answeredAt),
    answered: true,
  });
}

export function socialPost(script: Script, startAt: number): void {
  const { person, random } = script;
  if (!person.social) return;
  const network = person.social.type.slice('social:'.length);
  const isReview = random.chance(0.4);
  script.tell({
    at: startAt,
    source: 'social-listening',
    channel: 'social',
    type: isReview ? 'review.posted' : 'social.mentioned',
    direction: 'inbound',
    touchpoint: network,
    identifiers: random.chance(0.3)
      ? [person.social, ...identify(['email', person.emails[0]])]
      : [person.social],
    data: isReview
      ? { network, rating: random.between(1, 5) }
      : { network, reach: random.between(10, 5_000) },
  });
}
