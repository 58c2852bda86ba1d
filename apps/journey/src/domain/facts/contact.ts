/**
 * Contact: one service conversation, from its first to its last interaction; an interaction without a conversation stands for
 * itself. It needs something inbound: a campaign mail or an outbound call alone is no contact, but the answer to a customer is
 * part of one. Live contacts (call, chat, desk) are offered, then answered or abandoned; mails, social messages and cases
 * are `responded` to and never count as offered, so that waiting-line KPIs see waiting lines only.
 */
import type { Interaction } from '#contracts';
import { stableHash } from '#kernel';
import { firstDims, known, referencesOf } from '../derived-fact.js';
import { contactMeasures } from './contact-measures.js';
import { keyedFact, type KeyedKind } from './keyed-kind.js';

const LEADING: ReadonlySet<string> = new Set([
  'call.queued',
  'call.answered',
  'call.held',
  'call.resumed',
  'call.transferred',
  'call.abandoned',
  'call.ended',
  'call.recorded',
  'chat.started',
  'chat.message',
  'chat.transferred',
  'chat.ended',
  'email.received',
  'social.messaged',
  'desk.visited',
  'case.opened',
  'case.updated',
  'case.resolved',
  'case.reopened',
]);
/** Answers: part of a contact that the customer began. */
const FOLLOWING: ReadonlySet<string> = new Set(['email.sent', 'social.replied']);

/** Begins a contact: what the customer does, or what a source without directions tells of it. */
export function isInbound({ type, direction }: Interaction): boolean {
  return LEADING.has(type) && direction !== 'outbound' && direction !== 'internal';
}

export const contact: KeyedKind = {
  kind: 'contact',

  factId(interaction) {
    const { tenant, source, id, type, conversation } = interaction;
    if (!LEADING.has(type) && !FOLLOWING.has(type)) return undefined;
    if (conversation !== undefined)
      return stableHash(tenant, 'contact', 'conversation', source, conversation);
    return isInbound(interaction)
      ? stableHash(tenant, 'contact', 'interaction', source, id)
      : undefined;
  },

  derive(id, entries) {
    const opening = entries.find(({ interaction }) => isInbound(interaction));
    const first = entries[0];
    if (opening === undefined || first === undefined) return undefined;
    const { channel, source } = opening.interaction;
    return keyedFact(
      {
        kind: 'contact',
        id,
        from: first.occurredAt,
        to: entries.at(-1)?.occurredAt ?? first.occurredAt,
        at: first.occurredAt,
        dims: { ...firstDims(entries), channel, source },
        measures: known(contactMeasures(entries)),
        interactions: referencesOf(entries),
      },
      opening,
    );
  },
};
