import { formatInstant, type FactKind, type Interaction } from '#contracts';
import { lastReference, type DerivedFact } from '../domain/derived-fact.js';
import { comparePositions, type Position } from '../domain/timeline.js';
import type { ArchivedInteraction } from './reading.js';

/** An interaction as the timeline shows it, with the facts it belongs to. */
export interface TimelineItem extends Omit<
  Interaction,
  'tenant' | 'occurredAt' | 'withdrawn' | 'original'
> {
  readonly occurredAt: string;
  readonly withdrawn?: true;
  readonly sessionId?: string;
  readonly contactId?: string;
  readonly facts: readonly { readonly kind: FactKind; readonly id: string }[];
}

export function timelineItem(
  row: ArchivedInteraction,
  facts: readonly DerivedFact[],
): TimelineItem {
  const { tenant: _, original: __, withdrawn: ___, ...interaction } = row.interaction;
  const sessionId = facts.find(({ kind }) => kind === 'session')?.id;
  const contactId = facts.find(({ kind }) => kind === 'contact')?.id;
  return {
    ...interaction,
    occurredAt: formatInstant(row.occurredAt),
    ...(row.withdrawn ? { withdrawn: true } : {}),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(contactId === undefined ? {} : { contactId }),
    facts: facts.map(({ kind, id }) => ({ kind, id })),
  };
}

/** The session that holds the row: by position, because two may share an instant. */
export function sessionOf(
  row: ArchivedInteraction,
  sessions: readonly DerivedFact[],
): DerivedFact | undefined {
  if (row.withdrawn || !row.isSequential) return undefined;
  const { source, id } = row.interaction;
  const position = { occurredAt: row.occurredAt, source, id };
  return sessions.find((session) => {
    const { first, last } = endsOf(session);
    return comparePositions(first, position) <= 0 && comparePositions(position, last) <= 0;
  });
}

export function endsOf(fact: DerivedFact): { first: Position; last: Position } {
  const first = fact.interactions.first[0] ?? { source: '', id: '' };
  return {
    first: { ...first, occurredAt: fact.from },
    last: { ...(lastReference(fact.interactions) ?? first), occurredAt: fact.to },
  };
}
