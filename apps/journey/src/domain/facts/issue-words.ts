/**
 * What single interactions say about an issue: whether somebody answered, whether it ended as resolved, whether a case is open.
 * An answer is a person's: a bot's message is none, nor a call that was only queued. Words of resolution are `case.resolved`
 * and a disposition or outcome `resolved`, as the source tells them.
 */
import type { Interaction } from '#contracts';
import { text, whole } from './keyed-kind.js';

const ANSWERS: ReadonlySet<string> = new Set([
  'call.answered',
  'desk.visited',
  'email.sent',
  'social.replied',
  'case.updated',
  'case.resolved',
]);
const ENDS: ReadonlySet<string> = new Set(['call.ended', 'call.recorded', 'chat.ended']);

export function isAnswer({ type, data }: Interaction): boolean {
  if (ANSWERS.has(type)) return true;
  if (type === 'chat.message') return data['author'] === 'agent';
  if (type === 'call.ended') return (whole(data['talkMs']) ?? 0) > 0;
  if (type !== 'call.recorded') return false;
  const disposition = wordOf(data['disposition']);
  return (
    (whole(data['talkMs']) ?? 0) > 0 || (disposition !== undefined && disposition !== 'abandoned')
  );
}

/** True and false are words of the source; undefined says nothing. */
export function saysResolved({ type, data }: Interaction): boolean | undefined {
  if (type === 'case.resolved') return true;
  if (type === 'case.opened' || type === 'case.reopened') return false;
  if (!ENDS.has(type)) return undefined;
  const word = wordOf(data['disposition']) ?? wordOf(data['outcome']);
  return word === undefined ? undefined : word === 'resolved';
}

export type CaseWord = 'opened' | 'resolved';

export function caseWord({ type }: Interaction): CaseWord | undefined {
  if (type === 'case.opened' || type === 'case.reopened') return 'opened';
  return type === 'case.resolved' ? 'resolved' : undefined;
}

export function isCase({ type }: Interaction): boolean {
  return type.startsWith('case.');
}

function wordOf(value: unknown): string | undefined {
  return text(value)?.toLowerCase();
}
