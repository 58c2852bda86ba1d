import { erasureOf, formatInstant, type FactKind, type Interaction } from '#contracts';
import type { DerivedFact } from '../domain/derived-fact.js';
import type { ArchivedInteraction } from './reading.js';

/** An interaction as the timeline shows it, with the facts that count it. Of who was erased it says nothing. */
export interface TimelineItem extends Omit<
  Interaction,
  'tenant' | 'occurredAt' | 'withdrawn' | 'original'
> {
  readonly occurredAt: string;
  readonly withdrawn?: true;
  readonly sessionId?: string;
  readonly contactId?: string;
  readonly issueId?: string;
  readonly facts: readonly { readonly kind: FactKind; readonly id: string }[];
}

export function timelineItem(
  row: Pick<ArchivedInteraction, 'interaction' | 'occurredAt' | 'withdrawn'>,
  facts: readonly DerivedFact[],
): TimelineItem {
  const { tenant: _, original: __, withdrawn: ___, ...interaction } = row.interaction;
  const idOf = (wanted: FactKind) => facts.find(({ kind }) => kind === wanted)?.id;
  const sessionId = idOf('session');
  const contactId = idOf('contact');
  const issueId = idOf('issue');
  return {
    ...interaction,
    identifiers: interaction.identifiers.filter((each) => erasureOf(each) === undefined),
    occurredAt: formatInstant(row.occurredAt),
    ...(row.withdrawn ? { withdrawn: true } : {}),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(contactId === undefined ? {} : { contactId }),
    ...(issueId === undefined ? {} : { issueId }),
    facts: facts.map(({ kind, id }) => ({ kind, id })),
  };
}
