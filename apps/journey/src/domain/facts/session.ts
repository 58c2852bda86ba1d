/**
 * Session: a run of a profile's digital interactions (contracts `isDigital`). Sequential: its state is its own fact while it
 * may go on, null when none is open. It closes at its deadline, or when an interaction comes that has no room in it. The id
 * comes from the first interaction.
 */
import { isDigital, type Interaction } from '#contracts';
import { stableHash } from '#kernel';
import { SESSION_INTERACTIONS_MAX, sessionEnd } from '../deadline.js';
import { NO_INTERACTIONS, present, withReference, type DerivedFact } from '../derived-fact.js';
import type { Thresholds } from '../thresholds.js';
import type { Entry } from '../timeline.js';
import type { Evolved, SequentialKind } from './sequential-kind.js';

const PAGES: ReadonlySet<string> = new Set(['page.viewed', 'product.viewed', 'content.viewed']);

export const session: SequentialKind<DerivedFact | null> = {
  kind: 'session',
  takes: isDigital,
  start: null,
  openFacts: (open) => (open === null ? [] : [open]),
  dueAt: (open) => open?.finalAt,

  evolve(open, step, thresholds): Evolved<DerivedFact | null> {
    const closed: DerivedFact[] = open === null ? [] : [{ ...open, status: 'final' }];
    if (step.kind === 'deadline') return { state: null, facts: closed };
    if (open !== null && open.interactions.count < SESSION_INTERACTIONS_MAX) {
      const longer = extended(open, step.entry, thresholds);
      return { state: longer, facts: [longer] };
    }
    const opened = extended(openedBy(step.entry), step.entry, thresholds);
    return { state: opened, facts: [...closed, opened] };
  },
};

function extended(
  open: DerivedFact,
  { occurredAt: to, interaction }: Entry,
  { sessionInactivityMs: inactivityMs }: Thresholds,
): DerivedFact {
  const interactions = withReference(open.interactions, interaction);
  return {
    ...open,
    to,
    dims: present({ ...open.dims, campaign: open.dims.campaign ?? interaction.campaign }),
    measures: {
      durationMs: to - open.from,
      pages: (open.measures['pages'] ?? 0) + (PAGES.has(interaction.type) ? 1 : 0),
      interactions: interactions.count,
      converted: open.measures['converted'] === 1 || isConversion(interaction) ? 1 : 0,
    },
    interactions,
    finalAt: sessionEnd({ from: open.from, to, count: interactions.count, inactivityMs }),
  };
}

function isConversion(interaction: Interaction): boolean {
  return interaction.type === 'order.placed';
}

function openedBy({ tenant, profileKey, occurredAt, interaction }: Entry): DerivedFact {
  const { source, id, channel, touchpoint } = interaction;
  return {
    tenant,
    kind: 'session',
    id: stableHash(tenant, 'session', source, id),
    profileKey,
    from: occurredAt,
    to: occurredAt,
    at: occurredAt,
    dims: present({ channel, touchpoint, source }),
    measures: {},
    interactions: NO_INTERACTIONS,
    status: 'provisional',
  };
}
