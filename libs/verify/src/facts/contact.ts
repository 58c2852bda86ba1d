/**
 * One a conversation of service interactions, or one an interaction without a conversation; it needs something inbound.
 * What it measures is in `contact-measures.ts`.
 */
import type { Interaction } from '#contracts';
import { measuresOfContact } from './contact-measures.js';
import { dimsOf, factOf, groupsBy, type FactRow, type Ground } from './fact.js';

const LIVE =
  /^(call\.(queued|answered|held|resumed|transferred|abandoned|ended|recorded)|chat\.(started|message|transferred|ended))$/;
const WRITTEN =
  /^(email\.received|social\.messaged|desk\.visited|case\.(opened|updated|resolved|reopened))$/;
const ANSWER = /^(email\.sent|social\.replied)$/;

export function isInbound({ type, direction }: Interaction): boolean {
  const isService = LIVE.test(type) || WRITTEN.test(type);
  return isService && (direction === undefined || direction === 'inbound');
}

/** What the interactions of one contact have in common. */
export function contactKey(tenant: string, interaction: Interaction): string[] | undefined {
  const { type, source, id, conversation } = interaction;
  if (!LIVE.test(type) && !WRITTEN.test(type) && !ANSWER.test(type)) return undefined;
  if (conversation !== undefined) return [tenant, 'contact', 'conversation', source, conversation];
  return isInbound(interaction) ? [tenant, 'contact', 'interaction', source, id] : undefined;
}

export function contacts({ tenant, watermark, entries }: Ground): FactRow[] {
  const groups = groupsBy(entries, (interaction) => contactKey(tenant, interaction));
  return [...groups].flatMap(([id, group]) => {
    const opening = group.find(({ interaction }) => isInbound(interaction));
    if (opening === undefined) return [];
    const { channel, source } = opening.interaction;
    const dims = { ...dimsOf(group.map(({ interaction }) => interaction)), channel, source };
    const measures = measuresOfContact(group);
    const at = group[0]?.at ?? opening.at;
    const draft = { kind: 'contact' as const, id, owner: opening, entries: group, at };
    return [factOf({ ...draft, dims, measures }, watermark)];
  });
}
