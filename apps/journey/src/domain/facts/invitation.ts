/**
 * Invitation: one `survey.invited`, by (source, id). open → answered (final) | unanswered (30 days passed). An answer belongs to
 * the invitation about the same thing (`about`, else the conversation; what neither has cannot be matched), of the same
 * instrument where both name one: of several, to the one sent last before it (later on the timeline). An invitation takes one
 * answer; further ones are answers of their own. It counts as delivered until a bounce about the same thing says that it was
 * not; an answer proves delivery. An answer at the very end of the 30 days still counts.
 */
import type { Interaction } from '#contracts';
import { stableHash } from '#kernel';
import { text } from './keyed-kind.js';
import {
  closed,
  earliest,
  factsOf,
  opened,
  openedFact,
  removed,
  replaced,
  settleItems,
  withItemReference,
  type OpenItem,
} from './open-items.js';
import type { Entry } from '../timeline.js';
import type { Evolved, SequentialKind } from './sequential-kind.js';

export const ANSWER_MS = 30 * 86_400_000;
export const OPEN_INVITATIONS_MAX = 3;

interface OpenInvitation extends OpenItem {
  /** Hash of what it is about. */
  readonly about?: string;
  readonly instrument?: string;
}
type State = readonly OpenInvitation[];

const BOUNCES: ReadonlySet<string> = new Set(['email.bounced', 'sms.bounced']);
const INSTRUMENTS: ReadonlySet<string> = new Set(['nps', 'csat', 'ces']);

export const invitation: SequentialKind<State> = {
  kind: 'invitation',

  takes: ({ type }) => type === 'survey.invited' || type === 'survey.answered' || BOUNCES.has(type),

  start: [],

  openFacts: factsOf,

  evolve(state, step) {
    if (step.kind === 'deadline') return settleItems(state, step.at);
    const { type } = step.entry.interaction;
    if (type === 'survey.invited') return opened(state, invited(step.entry), OPEN_INVITATIONS_MAX);
    const item = state.findLast((each) => isAbout(each, step.entry.interaction));
    if (item === undefined) return { state, facts: [] };
    return type === 'survey.answered'
      ? answer(state, item, step.entry)
      : bounce(state, item, step.entry);
  },

  dueAt: (state) => earliest(state.map(({ fact }) => fact.finalAt)),
};

function subject({ data, conversation }: Interaction): string | undefined {
  const about = text(data['about']) ?? conversation;
  return about === undefined ? undefined : stableHash(about);
}

function instrumentOf({ data }: Interaction): string | undefined {
  const instrument = text(data['instrument']);
  return instrument !== undefined && INSTRUMENTS.has(instrument) ? instrument : undefined;
}

function isAbout(item: OpenInvitation, interaction: Interaction): boolean {
  const instrument = instrumentOf(interaction);
  const isOther =
    instrument !== undefined && item.instrument !== undefined && item.instrument !== instrument;
  return item.about !== undefined && item.about === subject(interaction) && !isOther;
}

function invited(entry: Entry): OpenInvitation {
  const fact = openedFact('invitation', entry);
  const about = subject(entry.interaction);
  const instrument = instrumentOf(entry.interaction);
  return {
    ...(about !== undefined && { about }),
    ...(instrument !== undefined && { instrument }),
    fact: {
      ...fact,
      measures: { ...(instrument !== undefined && { [instrument]: 1 }), delivered: 1, answered: 0 },
      interactions: withItemReference(fact.interactions, entry.interaction),
      finalAt: fact.at + ANSWER_MS,
    },
  };
}

function answer(state: State, { fact }: OpenInvitation, entry: Entry): Evolved<State> {
  const answered = {
    ...continued(fact, entry),
    measures: { ...fact.measures, delivered: 1, answered: 1 },
  };
  return removed(state, closed(answered));
}

function bounce(state: State, item: OpenInvitation, entry: Entry): Evolved<State> {
  const { fact } = item;
  const bounced = { ...continued(fact, entry), measures: { ...fact.measures, delivered: 0 } };
  return replaced(state, { ...item, fact: bounced });
}

function continued(fact: OpenInvitation['fact'], entry: Entry): OpenInvitation['fact'] {
  const interactions = withItemReference(fact.interactions, entry.interaction);
  return { ...fact, to: entry.occurredAt, interactions };
}
