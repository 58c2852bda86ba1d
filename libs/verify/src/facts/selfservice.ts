/**
 * A run through a flow, until 24 h after its last word; contained when nothing in it says that it was escalated, truly so
 * when no person was met from its first word on until then.
 */
import type { Interaction } from '#contracts';
import { nameIn, type Entry, type FactRow, type Ground } from './fact.js';
import { newItem, walk, type Item } from './walk.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const WORDS = ['selfservice.started', 'selfservice.completed', 'selfservice.failed'];
const ASKED = [
  'call.queued',
  'call.answered',
  'call.abandoned',
  'call.recorded',
  'email.received',
  'social.messaged',
  'desk.visited',
  'case.opened',
  'case.reopened',
];

interface Run extends Item {
  readonly key: string;
  readonly words: Interaction[];
  isMet: boolean;
}

function meetsPerson({ type, direction, data }: Interaction): boolean {
  if (type === 'chat.transferred') return true;
  if (type === 'chat.message') return data['author'] === 'agent';
  return ASKED.includes(type) && (direction === undefined || direction === 'inbound');
}

function keyOf({ source, conversation, data }: Interaction): string {
  return conversation === undefined
    ? JSON.stringify(['flow', source, nameIn(data['flow']) ?? ''])
    : JSON.stringify(['conversation', source, conversation]);
}

export function selfservices(ground: Ground): FactRow[] {
  return walk<Run>(ground, {
    kind: 'selfservice',
    openMax: 3,
    takes: (interaction) => WORDS.includes(interaction.type) || meetsPerson(interaction),
    hear(open, entry) {
      const { interaction } = entry;
      if (!WORDS.includes(interaction.type)) {
        for (const run of open) {
          run.isMet = true;
          judge(run);
        }
        return undefined;
      }
      const key = keyOf(interaction);
      const isAnother =
        interaction.type === 'selfservice.started' && interaction.conversation === undefined;
      const known = isAnother ? undefined : open.findLast((run) => run.key === key);
      const item = newItem('selfservice', ground.tenant, entry);
      const run = known ?? { ...item, key, words: [], isMet: false };
      goOn(run, entry);
      return known === undefined ? run : undefined;
    },
  });
}

function goOn(run: Run, entry: Entry): void {
  run.words.push(entry.interaction);
  run.counted.push(entry);
  run.to = entry.at;
  run.finalAt = entry.at + DAY_MS;
  judge(run);
}

function judge(run: Run): void {
  const has = (test: (word: Interaction) => boolean) => (run.words.some(test) ? 1 : 0);
  const escalated = has(({ data }) => data['escalated'] === true);
  run.measures = {
    completed: has(({ type }) => type === 'selfservice.completed'),
    failed: has(({ type }) => type === 'selfservice.failed'),
    escalated,
    durationMs: run.to - run.opening.at,
    contained: 1 - escalated,
    trulyContained: run.isMet ? 0 : 1 - escalated,
  };
}
