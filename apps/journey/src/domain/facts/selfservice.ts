/**
 * Self-service: a run through an IVR, kiosk, bot or help-centre flow. Interactions of one conversation (else of one flow without
 * conversation) of a source are one run, until 24 h after its last; a second `selfservice.started` of a flow without conversation
 * begins another run, the first then counts as it stands until its end. A run is contained when nothing in it says that it was
 * escalated: it may still have failed, which is why containment alone flatters. It is truly contained when, besides, no human
 * contact by the profile on any channel follows its first interaction until 24 h after its last (exactly 24 h included);
 * provisional until then.
 *
 * A human contact is what the customer begins (inbound call, mail, social message, visit to a desk, case) or a chat once a person
 * speaks in it: a chat with a bot alone is none. At one instant, what stands later on the timeline follows.
 */
import type { Interaction } from '#contracts';
import { stableHash } from '#kernel';
import type { DerivedFact } from '../derived-fact.js';
import type { Entry } from '../timeline.js';
import { text } from './keyed-kind.js';
import {
  earliest,
  factsOf,
  opened,
  openedFact,
  replaced,
  settleItems,
  withItemReference,
  type OpenItem,
} from './open-items.js';
import type { Evolved, SequentialKind } from './sequential-kind.js';

export const CONTAINED_MS = 24 * 3_600_000;
export const OPEN_RUNS_MAX = 3;

interface OpenRun extends OpenItem {
  readonly key: string;
  readonly hasContact: boolean;
}
type State = readonly OpenRun[];

const STARTED = 'selfservice.started';
const RUNS: ReadonlySet<string> = new Set([STARTED, 'selfservice.completed', 'selfservice.failed']);
const CONTACTS: ReadonlySet<string> = new Set([
  'call.queued',
  'call.answered',
  'call.abandoned',
  'call.recorded',
  'email.received',
  'social.messaged',
  'desk.visited',
  'case.opened',
  'case.reopened',
]);

export const selfservice: SequentialKind<State> = {
  kind: 'selfservice',

  takes: (interaction) => RUNS.has(interaction.type) || isHumanContact(interaction),

  start: [],

  openFacts: factsOf,

  evolve(state, step) {
    if (step.kind === 'deadline') return settleItems(state, step.at);
    const { entry } = step;
    return RUNS.has(entry.interaction.type) ? run(state, entry) : met(state);
  },

  dueAt: (state) => earliest(state.map(({ fact }) => fact.finalAt)),
};

function isHumanContact({ type, direction, data }: Interaction): boolean {
  if (type === 'chat.transferred') return true;
  if (type === 'chat.message') return data['author'] === 'agent';
  return CONTACTS.has(type) && direction !== 'outbound' && direction !== 'internal';
}

function keyOf({ source, conversation, data }: Interaction): string {
  return conversation === undefined
    ? stableHash('flow', source, text(data['flow']) ?? '')
    : stableHash('conversation', source, conversation);
}

function run(state: State, entry: Entry): Evolved<State> {
  const { interaction } = entry;
  const key = keyOf(interaction);
  const isNew = interaction.type === STARTED && interaction.conversation === undefined;
  const item = isNew ? undefined : state.findLast((each) => each.key === key);
  if (item !== undefined) return replaced(state, went(item, entry));
  const fact = openedFact('selfservice', entry);
  return opened(state, went({ key, hasContact: false, fact }, entry), OPEN_RUNS_MAX);
}

function went(item: OpenRun, { occurredAt, interaction }: Entry): OpenRun {
  const { fact, hasContact } = item;
  const was = (measure: string, isNow: boolean): number =>
    fact.measures[measure] === 1 || isNow ? 1 : 0;
  return {
    ...item,
    fact: judged(
      {
        ...fact,
        to: occurredAt,
        measures: {
          completed: was('completed', interaction.type === 'selfservice.completed'),
          failed: was('failed', interaction.type === 'selfservice.failed'),
          escalated: was('escalated', interaction.data['escalated'] === true),
          durationMs: occurredAt - fact.from,
        },
        interactions: withItemReference(fact.interactions, interaction),
        finalAt: occurredAt + CONTAINED_MS,
      },
      hasContact,
    ),
  };
}

function judged(fact: DerivedFact, hasContact: boolean): DerivedFact {
  const contained = fact.measures['escalated'] === 1 ? 0 : 1;
  const trulyContained = hasContact ? 0 : contained;
  return { ...fact, measures: { ...fact.measures, contained, trulyContained } };
}

/** A person was asked: none of the open runs was enough. */
function met(state: State): Evolved<State> {
  const changed = state.filter(({ hasContact }) => !hasContact);
  if (changed.length === 0) return { state, facts: [] };
  const next = state.map((item) => ({
    ...item,
    hasContact: true,
    fact: judged(item.fact, true),
  }));
  return {
    state: next,
    facts: factsOf(next.filter((_, index) => state[index]?.hasContact === false)),
  };
}
