/**
 * Issue: a chain of a profile's contacts on one topic, on any channel, each begun within 7 days (a setting of the tenant) of the last word of the one
 * before (any interaction of the chain; exactly 7 days included). open → final: resolved or not, 7 days after the last word.
 * While a case of it is open it stays open, at most 90 days after the last word, and is then not resolved. Until final every
 * measure is what it would be if nothing more came: resolved = somebody answered, and no case is open.
 *
 * A contact is what the kind `contact` calls one, as far as it stands on this profile's timeline; its time, channel and topic are
 * those of its first inbound interaction there, and further interactions of the conversation belong to it whatever their
 * topic. Several topics: the first. A contact without a topic belongs to the issue without one; when that issue is then told a
 * topic, and no other open issue has it, it takes it on. Answers that no open contact asked for have no part, internal case
 * records count for whether a case is open but are no contacts. A late interaction folds as if it had been there before.
 *
 * A contact on another channel than the contact begun before it is a handoff; a failed one, when it begins less than 24 h after
 * the last word and that contact had not ended as resolved: the customer starts again.
 */
import type { Interaction } from '#contracts';
import { stableHash } from '#kernel';
import type { Thresholds } from '../thresholds.js';
import type { Entry } from '../timeline.js';
import { contact, isInbound } from './contact.js';
import { caseWord, isAnswer, isCase, saysResolved } from './issue-words.js';
import {
  earliest,
  factsOf,
  itemDims,
  opened,
  openedFact,
  replaced,
  settleItems,
  withItemReference,
  type OpenItem,
} from './open-items.js';
import type { SequentialKind } from './sequential-kind.js';

const DAY_MS = 24 * 3_600_000;
export const CASE_OPEN_MS = 90 * DAY_MS;
export const RESTART_MS = DAY_MS;
export const OPEN_ISSUES_MAX = 5;
/** Conversations and cases of one issue that are remembered: the newest. */
export const CONVERSATIONS_MAX = 8;
const CASES_MAX = 4;

interface OpenIssue extends OpenItem {
  /** In order of first use. */
  readonly channels: readonly string[];
  readonly lastChannel: string;
  /** Fact ids of the contacts that may go on. */
  readonly conversations: readonly string[];
  readonly openCases: readonly string[];
  readonly isAnswered: boolean;
  /** The last contact ended as resolved. */
  readonly isSettled: boolean;
}
type State = readonly OpenIssue[];

export const issue: SequentialKind<State> = {
  kind: 'issue',

  takes: (interaction) => contact.factId(interaction) !== undefined || isCase(interaction),

  start: [],

  openFacts: factsOf,

  evolve(state, step, { issueWindowMs }) {
    if (step.kind === 'deadline') return settleItems(state, step.at);
    const { entry } = step;
    const { interaction } = entry;
    const hear = (item: OpenIssue) => heard(item, entry, issueWindowMs);
    const key = contact.factId(interaction);
    const going = state.find((item) => key !== undefined && item.conversations.includes(key));
    if (going !== undefined) return replaced(state, hear(named(state, going, interaction)));
    const item = state.find(({ fact }) => fact.dims.topic === interaction.topic);
    if (key !== undefined && isInbound(interaction)) {
      return item === undefined
        ? opened(state, hear(begun(blank(entry), entry, key)), OPEN_ISSUES_MAX)
        : replaced(state, hear(begun(item, entry, key)));
    }
    return item !== undefined && isCase(interaction)
      ? replaced(state, hear(item))
      : { state, facts: [] };
  },

  dueAt: (state) => earliest(state.map(({ fact }) => fact.finalAt)),
};

function blank(entry: Entry): OpenIssue {
  return {
    fact: openedFact('issue', entry),
    channels: [],
    lastChannel: entry.interaction.channel,
    conversations: [],
    openCases: [],
    isAnswered: false,
    isSettled: false,
  };
}

/** The next contact of the chain. */
function begun(item: OpenIssue, { occurredAt, interaction }: Entry, key: string): OpenIssue {
  const { fact, channels, conversations, lastChannel, isSettled } = item;
  const { channel } = interaction;
  const isHandoff = channel !== lastChannel;
  const isFailed = isHandoff && occurredAt - fact.to < RESTART_MS && !isSettled;
  const count = (measure: string): number => fact.measures[measure] ?? 0;
  return {
    ...item,
    fact: {
      ...fact,
      measures: {
        contacts: count('contacts') + 1,
        handoffs: count('handoffs') + (isHandoff ? 1 : 0),
        failedHandoffs: count('failedHandoffs') + (isFailed ? 1 : 0),
      },
      interactions: withItemReference(fact.interactions, interaction),
    },
    channels: channels.includes(channel) ? channels : [...channels, channel],
    lastChannel: channel,
    conversations:
      interaction.conversation === undefined
        ? conversations
        : [...conversations, key].slice(-CONVERSATIONS_MAX),
    isSettled: false,
  };
}

/** A topic told late, for an issue that had none. */
function named(state: State, item: OpenIssue, { topic }: Interaction): OpenIssue {
  const { dims } = item.fact;
  const isTaken = state.some(({ fact }) => fact.dims.topic === topic);
  if (dims.topic !== undefined || isTaken) return item;
  return { ...item, fact: { ...item.fact, dims: itemDims({ ...dims, topic }) } };
}

/** Any word of the chain: what it says, and that the days begin again. */
function heard(
  item: OpenIssue,
  { occurredAt, interaction }: Entry,
  windowMs: Thresholds['issueWindowMs'],
): OpenIssue {
  const openCases = casesAfter(item.openCases, interaction);
  const isAnswered = item.isAnswered || isAnswer(interaction);
  const isSettled = saysResolved(interaction) ?? item.isSettled;
  const { from, measures } = item.fact;
  const contacts = measures['contacts'] ?? 0;
  const resolved = isAnswered && openCases.length === 0 ? 1 : 0;
  return {
    ...item,
    openCases,
    isAnswered,
    isSettled,
    fact: {
      ...item.fact,
      to: occurredAt,
      measures: {
        contacts,
        channels: item.channels.length,
        handoffs: measures['handoffs'] ?? 0,
        failedHandoffs: measures['failedHandoffs'] ?? 0,
        repeats: contacts - 1,
        resolved,
        resolvedOnFirst: resolved === 1 && contacts === 1 ? 1 : 0,
        ...(resolved === 1 && { resolutionMs: occurredAt - from }),
      },
      finalAt: occurredAt + (openCases.length > 0 ? CASE_OPEN_MS : windowMs),
    },
  };
}

function casesAfter(open: readonly string[], interaction: Interaction): readonly string[] {
  const word = caseWord(interaction);
  if (word === undefined) return open;
  const { data, conversation, source, id } = interaction;
  const name = typeof data['caseId'] === 'string' ? `case:${data['caseId']}` : conversation;
  const key = stableHash(name ?? `${source}:${id}`);
  const others = open.filter((each) => each !== key);
  return word === 'opened' ? [...others, key].slice(-CASES_MAX) : others;
}
