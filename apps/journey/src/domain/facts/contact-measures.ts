/**
 * Measures of a contact. A summary record (`call.recorded`) carries all and outranks single events; several of one call (one a
 * leg) add up. From events: what a source reports in `data` comes first, else the spans between the events. A span whose end
 * was not told is not known and left out, never zero. Answered wins over abandoned when a source tells both.
 */
import type { Entry } from '../timeline.js';
import { text, whole } from './keyed-kind.js';

export type Measures = Record<string, number | undefined>;

export function contactMeasures(entries: readonly Entry[]): Measures {
  const types = new Set(entries.map((entry) => entry.interaction.type));
  const isGroup = (group: string) => [...types].some((type) => type.startsWith(group));
  if (types.has('call.recorded')) return recordedCall(ofType(entries, 'call.recorded'));
  if (isGroup('call.')) return callEvents(entries);
  if (isGroup('chat.')) return chatEvents(entries);
  if (types.has('desk.visited')) return deskVisit(ofType(entries, 'desk.visited'));
  return written(entries);
}

function ofType(entries: readonly Entry[], ...types: readonly string[]): Entry[] {
  return entries.filter((entry) => types.includes(entry.interaction.type));
}

function reported(entries: readonly Entry[], name: string): number | undefined {
  let sum: number | undefined;
  for (const { interaction } of entries) {
    const value = whole(interaction.data[name]);
    if (value !== undefined) sum = (sum ?? 0) + value;
  }
  return sum;
}

interface LiveContact {
  readonly isAnswered: boolean;
  readonly isAbandoned: boolean;
  readonly waitMs: number | undefined;
  readonly talkMs: number | undefined;
  readonly holdMs: number | undefined;
  readonly wrapUpMs: number | undefined;
  readonly transfers: number;
}

function live(contact: LiveContact): Measures {
  const { isAnswered, waitMs, transfers } = contact;
  const isAbandoned = contact.isAbandoned && !isAnswered;
  const isHandled = isAnswered && contact.talkMs !== undefined;
  const talkMs = isAnswered ? contact.talkMs : undefined;
  const holdMs = isHandled ? (contact.holdMs ?? 0) : undefined;
  const wrapUpMs = isHandled ? (contact.wrapUpMs ?? 0) : undefined;
  return {
    offered: 1,
    answered: isAnswered ? 1 : 0,
    abandoned: isAbandoned ? 1 : 0,
    handled: isHandled ? 1 : 0,
    transfers,
    waitMs,
    talkMs,
    holdMs,
    wrapUpMs,
    handleMs: isHandled ? (talkMs ?? 0) + (holdMs ?? 0) + (wrapUpMs ?? 0) : undefined,
    firstResponseMs: isAnswered ? waitMs : undefined,
  };
}

function recordedCall(records: readonly Entry[]): Measures {
  const dispositions = records.map((entry) =>
    text(entry.interaction.data['disposition'])?.toLowerCase(),
  );
  const isAbandoned = dispositions.includes('abandoned');
  const talkMs = reported(records, 'talkMs');
  return live({
    isAnswered:
      (talkMs ?? 0) > 0 || dispositions.some((one) => one !== undefined && one !== 'abandoned'),
    isAbandoned,
    waitMs: reported(records, 'waitMs'),
    talkMs,
    holdMs: reported(records, 'holdMs'),
    wrapUpMs: reported(records, 'wrapUpMs'),
    transfers: reported(records, 'transfers') ?? Math.max(0, records.length - 1),
  });
}

function callEvents(entries: readonly Entry[]): Measures {
  const [answered] = ofType(entries, 'call.answered');
  const [abandoned] = ofType(entries, 'call.abandoned');
  const ended = ofType(entries, 'call.ended');
  const talked = reported(ended, 'talkMs');
  const isAnswered = answered !== undefined || (talked ?? 0) > 0;
  const holdMs =
    reported(ended, 'holdMs') ??
    reported(ofType(entries, 'call.resumed'), 'holdMs') ??
    held(entries);
  const onLine = span(answered, ended.at(-1));
  return live({
    isAnswered,
    isAbandoned: abandoned !== undefined,
    waitMs: waited(entries, [answered ?? abandoned, ended.at(-1)]),
    talkMs: talked ?? (onLine === undefined ? undefined : Math.max(0, onLine - holdMs)),
    holdMs,
    wrapUpMs: reported(ended, 'wrapUpMs'),
    transfers: ofType(entries, 'call.transferred').length,
  });
}

/** As reported by the first of the ends that says it, else from the first entry of the contact to the first end. */
function waited(
  entries: readonly Entry[],
  ends: readonly (Entry | undefined)[],
): number | undefined {
  for (const end of ends) {
    const value = end && whole(end.interaction.data['waitMs']);
    if (value !== undefined) return value;
  }
  return span(ofType(entries, 'call.queued', 'chat.started')[0], ends[0]);
}

function span(start: Entry | undefined, end: Entry | undefined): number | undefined {
  if (start === undefined || end === undefined || end.occurredAt < start.occurredAt)
    return undefined;
  return end.occurredAt - start.occurredAt;
}

/** Sum of the spans from each `call.held` to the next `call.resumed`, else to the end of the call. */
function held(entries: readonly Entry[]): number {
  let since: number | undefined;
  let sum = 0;
  for (const { occurredAt, interaction } of ofType(
    entries,
    'call.held',
    'call.resumed',
    'call.ended',
  )) {
    if (interaction.type === 'call.held') since ??= occurredAt;
    else if (since !== undefined) {
      sum += occurredAt - since;
      since = undefined;
    }
  }
  return sum;
}

/** A bot that settles a chat alone was never a waiting line: not offered. */
function chatEvents(entries: readonly Entry[]): Measures {
  const messages = ofType(entries, 'chat.message');
  const [reply] = messages.filter((entry) => entry.interaction.data['author'] === 'agent');
  const bot = messages.some((entry) => entry.interaction.data['author'] === 'bot');
  const ended = ofType(entries, 'chat.ended');
  const gaveUp = ended.some(
    (entry) => text(entry.interaction.data['outcome'])?.toLowerCase() === 'abandoned',
  );
  const transfers = ofType(entries, 'chat.transferred').length;
  if (reply === undefined && bot && !gaveUp && transfers === 0)
    return { offered: 0, answered: 0, abandoned: 0, handled: 0, transfers };
  return live({
    isAnswered: reply !== undefined,
    isAbandoned: gaveUp || ended.length > 0,
    waitMs: waited(entries, [reply ?? ended.at(0), ended.at(-1)]),
    talkMs: reported(ended, 'talkMs') ?? span(reply, ended.at(-1)),
    holdMs: reported(ended, 'holdMs'),
    wrapUpMs: reported(ended, 'wrapUpMs'),
    transfers,
  });
}

function deskVisit(visits: readonly Entry[]): Measures {
  const talkMs = reported(visits, 'talkMs');
  return live({
    isAnswered: true,
    isAbandoned: false,
    waitMs: reported(visits, 'waitMs'),
    talkMs,
    holdMs: reported(visits, 'holdMs'),
    wrapUpMs: reported(visits, 'wrapUpMs'),
    transfers: 0,
  });
}

/** Mail, social messages, cases: nobody waits in line; the first reply after the first message counts. */
function written(entries: readonly Entry[]): Measures {
  const [asked] = ofType(
    entries,
    'email.received',
    'social.messaged',
    'case.opened',
    'case.reopened',
  );
  const since = asked?.occurredAt ?? Infinity;
  const replies = ofType(entries, 'email.sent', 'social.replied', 'case.updated', 'case.resolved');
  const reply = replies.find((entry) => entry.occurredAt >= since);
  return {
    responded: reply === undefined ? 0 : 1,
    firstResponseMs: span(asked, reply),
    transfers: 0,
  };
}
