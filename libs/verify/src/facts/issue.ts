/**
 * A chain of a profile's contacts on one topic, on any channel, each begun within 7 days (a setting) of the last word of the chain (90
 * while a case is open). Resolved = somebody answered and no case is open.
 */
import type { Interaction } from '#contracts';
import { contactKey, isInbound } from './contact.js';
import { countIn, nameIn, type Entry, type FactRow, type Ground } from './fact.js';
import { newItem, shortDims, walk, type Item } from './walk.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const CONVERSATIONS_MAX = 8;
const CASES_MAX = 4;
const ANSWERS = [
  'call.answered',
  'desk.visited',
  'email.sent',
  'social.replied',
  'case.updated',
  'case.resolved',
];

interface Issue extends Item {
  readonly channels: string[];
  conversations: string[];
  openCases: string[];
  handoffs: number;
  failedHandoffs: number;
  isAnswered: boolean;
  /** The last contact ended as resolved. */
  isSettled: boolean;
}

const isCase = ({ type }: Interaction): boolean => type.startsWith('case.');

export function issues(ground: Ground): FactRow[] {
  const days = ground.settings.issueWindowDays;
  const keyOf = (interaction: Interaction) =>
    contactKey(ground.tenant, interaction)?.join('\u001f');
  return walk<Issue>(ground, {
    kind: 'issue',
    openMax: 5,
    takes: (interaction) => keyOf(interaction) !== undefined || isCase(interaction),
    hear(open, entry) {
      const { interaction } = entry;
      const key = keyOf(interaction);
      const going = open.find((issue) => key !== undefined && issue.conversations.includes(key));
      if (going !== undefined) {
        nameLate(open, going, interaction);
        hear(going, entry, days);
        return undefined;
      }
      const onTopic = open.find(({ dims }) => dims.topic === interaction.topic);
      if (key !== undefined && isInbound(interaction)) {
        const issue = onTopic ?? blank(newItem('issue', ground.tenant, entry));
        begin(issue, entry, key);
        hear(issue, entry, days);
        return onTopic === undefined ? issue : undefined;
      }
      if (onTopic !== undefined && isCase(interaction)) hear(onTopic, entry, days);
      return undefined;
    },
  });
}

function blank(item: Item): Issue {
  return {
    ...item,
    channels: [],
    conversations: [],
    openCases: [],
    handoffs: 0,
    failedHandoffs: 0,
    isAnswered: false,
    isSettled: false,
  };
}

/** A topic told late, for an issue that had none, when no other open issue has it. */
function nameLate(open: readonly Issue[], issue: Issue, { topic }: Interaction): void {
  if (issue.dims.topic !== undefined || open.some(({ dims }) => dims.topic === topic)) return;
  issue.dims = shortDims({ ...issue.dims, topic });
}

/** The next contact of the chain. */
function begin(issue: Issue, entry: Entry, key: string): void {
  const { channel, conversation } = entry.interaction;
  const before = issue.counted.at(-1)?.interaction.channel ?? channel;
  if (before !== channel) {
    issue.handoffs += 1;
    if (entry.at - issue.to < DAY_MS && !issue.isSettled) issue.failedHandoffs += 1;
  }
  issue.counted.push(entry);
  if (!issue.channels.includes(channel)) issue.channels.push(channel);
  if (conversation !== undefined)
    issue.conversations = [...issue.conversations, key].slice(-CONVERSATIONS_MAX);
  issue.isSettled = false;
}

function hear(issue: Issue, { at, interaction }: Entry, days: number): void {
  issue.to = at;
  issue.isAnswered ||= answers(interaction);
  issue.isSettled = settles(interaction) ?? issue.isSettled;
  issue.openCases = casesAfter(issue.openCases, interaction);
  const hasCase = issue.openCases.length > 0;
  issue.finalAt = at + (hasCase ? 90 : days) * DAY_MS;
  const contacts = issue.counted.length;
  const resolved = issue.isAnswered && !hasCase ? 1 : 0;
  issue.measures = {
    contacts,
    channels: issue.channels.length,
    handoffs: issue.handoffs,
    failedHandoffs: issue.failedHandoffs,
    repeats: contacts - 1,
    resolved,
    resolvedOnFirst: contacts === 1 ? resolved : 0,
    ...(resolved === 1 ? { resolutionMs: at - issue.opening.at } : {}),
  };
}

/** Of a person: a bot's message and a queued call are none. */
function answers({ type, data }: Interaction): boolean {
  if (type === 'chat.message') return data['author'] === 'agent';
  if (type !== 'call.ended' && type !== 'call.recorded') return ANSWERS.includes(type);
  const said = type === 'call.recorded' ? wordIn(data['disposition']) : undefined;
  return (countIn(data['talkMs']) ?? 0) > 0 || (said !== undefined && said !== 'abandoned');
}

function settles({ type, data }: Interaction): boolean | undefined {
  if (type === 'case.resolved') return true;
  if (type === 'case.opened' || type === 'case.reopened') return false;
  if (!['call.ended', 'call.recorded', 'chat.ended'].includes(type)) return undefined;
  const word = wordIn(data['disposition']) ?? wordIn(data['outcome']);
  return word === undefined ? undefined : word === 'resolved';
}

function casesAfter(open: readonly string[], interaction: Interaction): string[] {
  const { type, data, conversation, source, id } = interaction;
  const caseId = data['caseId'];
  const name = typeof caseId === 'string' ? `case:${caseId}` : (conversation ?? `${source}:${id}`);
  const others = open.filter((each) => each !== name);
  if (type === 'case.opened' || type === 'case.reopened')
    return [...others, name].slice(-CASES_MAX);
  return type === 'case.resolved' ? others : [...open];
}

const wordIn = (value: unknown): string | undefined => nameIn(value)?.toLowerCase();
