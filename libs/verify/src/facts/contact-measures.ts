/**
 * Measures of a contact. Reported spans come first, else the time between the events; a span whose end was not told is not
 * known. A summary (`call.recorded`) outranks events. Answered wins over abandoned. Written contacts are never offered.
 */
import { countIn, nameIn, type Entry } from './fact.js';

type Measures = Record<string, number | undefined>;

export function measuresOfContact(entries: readonly Entry[]): Measures {
  const told = new Told(entries);
  if (told.of('call.recorded').length > 0) return summary(told.only('call.recorded'));
  if (entries.some(({ interaction }) => interaction.type.startsWith('call.'))) return call(told);
  if (entries.some(({ interaction }) => interaction.type.startsWith('chat.'))) return chat(told);
  return told.of('desk.visited').length > 0 ? desk(told.only('desk.visited')) : written(told);
}

/** The interactions of a contact, asked by type. */
class Told {
  constructor(readonly entries: readonly Entry[]) {}

  of(...types: string[]): Entry[] {
    return this.entries.filter(({ interaction }) => types.includes(interaction.type));
  }

  only(...types: string[]): Told {
    return new Told(this.of(...types));
  }

  /** Sum of what the sources report; undefined when none does. */
  sum(name: string): number | undefined {
    const values = this.entries.flatMap(({ interaction }) => countIn(interaction.data[name]) ?? []);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  }

  words(name: string): (string | undefined)[] {
    return this.entries.map(({ interaction }) => nameIn(interaction.data[name])?.toLowerCase());
  }
}

interface Line {
  readonly answered: boolean;
  readonly gaveUp: boolean;
  readonly waitMs?: number;
  readonly talkMs?: number;
  readonly holdMs?: number;
  readonly wrapUpMs?: number;
  readonly transfers: number;
}

/** What a waiting line measures. */
function line({ answered, gaveUp, waitMs, talkMs, transfers, ...rest }: Line): Measures {
  const counts = {
    offered: 1,
    answered: answered ? 1 : 0,
    abandoned: gaveUp && !answered ? 1 : 0,
    handled: 0,
    transfers,
    waitMs,
    firstResponseMs: answered ? waitMs : undefined,
  };
  if (!answered || talkMs === undefined) return counts;
  const { holdMs = 0, wrapUpMs = 0 } = rest;
  const handleMs = talkMs + holdMs + wrapUpMs;
  return { ...counts, handled: 1, talkMs, holdMs, wrapUpMs, handleMs };
}

function between(start: Entry | undefined, end: Entry | undefined): number | undefined {
  return start && end && end.at >= start.at ? end.at - start.at : undefined;
}

function summary(records: Told): Measures {
  const said = records.words('disposition').filter((word) => word !== undefined);
  const talkMs = records.sum('talkMs');
  return line({
    answered: (talkMs ?? 0) > 0 || said.some((word) => word !== 'abandoned'),
    gaveUp: said.includes('abandoned'),
    waitMs: records.sum('waitMs'),
    talkMs,
    holdMs: records.sum('holdMs'),
    wrapUpMs: records.sum('wrapUpMs'),
    transfers: records.sum('transfers') ?? records.entries.length - 1,
  });
}

function call(told: Told): Measures {
  const [answer] = told.of('call.answered');
  const [abandon] = told.of('call.abandoned');
  const ends = told.only('call.ended');
  const end = ends.entries.at(-1);
  const talked = ends.sum('talkMs');
  const holdMs = ends.sum('holdMs') ?? told.only('call.resumed').sum('holdMs') ?? onHold(told);
  const onLine = between(answer, end);
  return line({
    answered: answer !== undefined || (talked ?? 0) > 0,
    gaveUp: abandon !== undefined,
    waitMs: waited(told, answer ?? abandon, end),
    talkMs: talked ?? (onLine === undefined ? undefined : Math.max(0, onLine - holdMs)),
    holdMs,
    wrapUpMs: ends.sum('wrapUpMs'),
    transfers: told.of('call.transferred').length,
  });
}

/** As the one who ended the wait says, or the end of the contact; else from the beginning of the wait. */
function waited(told: Told, ender: Entry | undefined, end: Entry | undefined): number | undefined {
  const said = [ender, end].map((entry) => countIn(entry?.interaction.data['waitMs']));
  const [begin] = told.of('call.queued', 'chat.started');
  return said.find((value) => value !== undefined) ?? between(begin, ender);
}

function onHold(told: Told): number {
  let sum = 0;
  let heldAt: number | undefined;
  for (const { at, interaction } of told.of('call.held', 'call.resumed', 'call.ended')) {
    if (interaction.type === 'call.held') heldAt ??= at;
    else {
      sum += heldAt === undefined ? 0 : at - heldAt;
      heldAt = undefined;
    }
  }
  return sum;
}

/** A chat that a bot settles alone was never offered. */
function chat(told: Told): Measures {
  const messages = told.only('chat.message');
  const authors = messages.entries.map(({ interaction }) => interaction.data['author']);
  const reply = messages.entries[authors.indexOf('agent')];
  const ends = told.only('chat.ended');
  const gaveUp = ends.words('outcome').includes('abandoned');
  const transfers = told.of('chat.transferred').length;
  if (reply === undefined && authors.includes('bot') && !gaveUp && transfers === 0)
    return { offered: 0, answered: 0, abandoned: 0, handled: 0, transfers };
  const [first, last] = [ends.entries[0], ends.entries.at(-1)];
  return line({
    answered: reply !== undefined,
    gaveUp: first !== undefined,
    waitMs: waited(told, reply ?? first, last),
    talkMs: ends.sum('talkMs') ?? between(reply, last),
    holdMs: ends.sum('holdMs'),
    wrapUpMs: ends.sum('wrapUpMs'),
    transfers,
  });
}

function desk(visits: Told): Measures {
  return line({
    answered: true,
    gaveUp: false,
    waitMs: visits.sum('waitMs'),
    talkMs: visits.sum('talkMs'),
    holdMs: visits.sum('holdMs'),
    wrapUpMs: visits.sum('wrapUpMs'),
    transfers: 0,
  });
}

function written(told: Told): Measures {
  const [asked] = told.of('email.received', 'social.messaged', 'case.opened', 'case.reopened');
  const replies = told.of('email.sent', 'social.replied', 'case.updated', 'case.resolved');
  const reply = asked && replies.find(({ at }) => at >= asked.at);
  return {
    responded: reply === undefined ? 0 : 1,
    firstResponseMs: between(asked, reply),
    transfers: 0,
  };
}
