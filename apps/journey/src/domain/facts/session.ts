/**
 * Session: a run of a profile's digital interactions (contracts `isDigital`). Sequential: folded over the timeline. Its state
 * is its own fact, so the latest session is all that an append needs. The id comes from the first interaction.
 */
import type { Interaction } from '#contracts';
import { stableHash } from '#kernel';
import { SESSION_INTERACTIONS_MAX, sessionEnd } from '../deadline.js';
import { NO_INTERACTIONS, present, withReference, type DerivedFact } from '../derived-fact.js';
import type { Entry } from '../timeline.js';

const PAGES: ReadonlySet<string> = new Set(['page.viewed', 'product.viewed', 'content.viewed']);

/** The session that holds `entry`: `last` extended, or a new one. Entries come in timeline order. */
export function extendSession(last: DerivedFact | undefined, entry: Entry): DerivedFact {
  const isOpen =
    last?.finalAt !== undefined &&
    last.interactions.count < SESSION_INTERACTIONS_MAX &&
    entry.occurredAt <= last.finalAt;
  const session = isOpen ? last : openedBy(entry);
  const { interaction } = entry;
  const interactions = withReference(session.interactions, interaction);
  const to = entry.occurredAt;
  return {
    ...session,
    to,
    dims: present({ ...session.dims, campaign: session.dims.campaign ?? interaction.campaign }),
    measures: {
      durationMs: to - session.from,
      pages: (session.measures['pages'] ?? 0) + (PAGES.has(interaction.type) ? 1 : 0),
      interactions: interactions.count,
      converted: session.measures['converted'] === 1 || isConversion(interaction) ? 1 : 0,
    },
    interactions,
    status: 'provisional',
    finalAt: sessionEnd({ from: session.from, to, count: interactions.count }),
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
