/** One a `survey.invited`; an answer or a bounce belongs to the last one sent about the same thing, within 30 days. */
import type { Interaction } from '#contracts';
import { nameIn, type FactRow, type Ground } from './fact.js';
import { close, newItem, walk, type Item } from './walk.js';

const ANSWER_MS = 30 * 24 * 60 * 60 * 1000;
const TYPES = ['survey.invited', 'survey.answered', 'email.bounced', 'sms.bounced'];

interface Invitation extends Item {
  readonly about?: string;
  readonly instrument?: string;
}

const aboutIn = ({ data, conversation }: Interaction) => nameIn(data['about']) ?? conversation;

function instrumentIn({ data }: Interaction): string | undefined {
  return ['nps', 'csat', 'ces'].find((each) => each === data['instrument']);
}

function isFor(item: Invitation, interaction: Interaction): boolean {
  if (item.about === undefined || item.about !== aboutIn(interaction)) return false;
  const [asked, told] = [item.instrument, instrumentIn(interaction)];
  return asked === undefined || told === undefined || asked === told;
}

export function invitations(ground: Ground): FactRow[] {
  return walk<Invitation>(ground, {
    kind: 'invitation',
    openMax: 3,
    takes: ({ type }) => TYPES.includes(type),
    hear(open, entry) {
      const { interaction, at } = entry;
      if (interaction.type === 'survey.invited') {
        const [about, instrument] = [aboutIn(interaction), instrumentIn(interaction)];
        const item = { ...newItem('invitation', ground.tenant, entry), about, instrument };
        item.counted.push(entry);
        item.measures = { delivered: 1, answered: 0, ...(instrument && { [instrument]: 1 }) };
        item.finalAt = at + ANSWER_MS;
        return item;
      }
      const item = open.findLast((each) => isFor(each, interaction));
      if (item === undefined) return undefined;
      item.to = at;
      item.counted.push(entry);
      item.measures['delivered'] = interaction.type === 'survey.answered' ? 1 : 0;
      if (interaction.type !== 'survey.answered') return undefined;
      item.measures['answered'] = 1;
      close(item);
      return undefined;
    },
  });
}
