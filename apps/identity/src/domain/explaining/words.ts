/** The explanation in plain English, for somebody who answers a customer: what is so, why, and what would change it. */
import type { Identifier } from '#contracts';
import type { Evidence } from '../evidence.js';
import type { Hop } from './chain.js';
import type { Obstacle, PairExplanation } from './explain-pair.js';
import type { KnownCall, Situation } from './situation.js';

export function tell(situation: Situation, explanation: PairExplanation): string {
  const { a, b } = situation;
  const [one, other] = [a.said, b.said];
  if (explanation.together) {
    if (explanation.chain.length === 0) return `${one} and ${other} are the same identifier.`;
    const why = explanation.chain.map((hop) => tellHop(situation, hop));
    return [`${one} and ${other} are the same customer.`, ...why].join(' ');
  }
  const why = explanation.apart.flatMap((obstacle) => [
    tellObstacle(situation, obstacle),
    remedyOf(obstacle),
  ]);
  return [`${one} and ${other} are not known as the same customer.`, ...why].join(' ');
}

function tellHop({ identifiers }: Situation, { from, to, evidence, call }: Hop): string {
  const [a, b] = [identifiers.get(from), identifiers.get(to)].map(show);
  if (!call) return `${a} and ${b} were first seen together ${when(evidence)}.`;
  if (!call.statement) return `An interaction declared ${a} and ${b} to be one ${when(evidence)}.`;
  return `${tellCall(call)} that ${a} and ${b} are one customer (${call.statement.reason}).`;
}

function tellCall({ statement, at }: KnownCall): string {
  return `${statement?.actor ?? 'Somebody'} said on ${day(at)}`;
}

/** One sentence: what stands between them. */
export function tellObstacle(situation: Situation, obstacle: Obstacle): string {
  const { code, evidence, limit, call } = obstacle;
  const subject = show(obstacle.subject ?? undefined);
  const at = evidence ? ` ${when(evidence)}` : '';
  switch (code) {
    case 'negative-link':
      return call
        ? `${tellCall(call)} that they are two customers (${call.statement?.reason ?? ''}).`
        : `Somebody said that ${subject} belongs to another customer.`;
    case 'limit-reached':
      return `${subject} was seen with the other customer${at}, but joining them would break a limit${tellLimit(obstacle)}.`;
    case 'shared-identifier':
      return `${subject} was used by several customers who cannot be one person${tellLimit(obstacle)}: it is shared, belongs to none of them and joins nobody.`;
    case 'hub':
      return `${subject} was seen with more than ${limit} other identifiers: it is a hub, like a kiosk or a switchboard, and joins nobody.`;
    case 'blocked-value':
      return evidence
        ? `Both carried ${subject}${at}, but this is a placeholder that systems write when they know nothing, so it joins nobody.`
        : `${subject} is a placeholder that systems write when they know nothing: it belongs to nobody.`;
    case 'unknown-type':
      return evidence
        ? `Both carried ${subject}${at}, but the rules name no such type of identifier.`
        : `The rules name no type of identifier called ${obstacle.subject?.type}.`;
    case 'several-customers':
      return `Both took part in one conversation (it began ${when(evidence)}), but several customers did, so it does not show that they are one.`;
    case 'wide-conversation':
      return `Both took part in one conversation (it began ${when(evidence)}), but it holds more than ${limit} identifiers, so it joins nobody.`;
    case 'never-seen':
      return `${subject} was never seen${waiting(situation)}.`;
    case 'never-seen-together':
      return 'No interaction and no conversation has shown them together.';
  }
}

/** One sentence: which change would join them. */
export function remedyOf({ code, limitType, subject }: Obstacle): string {
  const merge = 'declare a merge if you know that they are one';
  switch (code) {
    case 'negative-link':
      return 'To join them, withdraw that call.';
    case 'limit-reached':
    case 'shared-identifier':
      return `To join them, ${merge}${limitType === undefined ? '' : `, or raise the limit of ${limitType} in the rules`}.`;
    case 'hub':
      return `To join them, ${merge} (not with the hub itself), or raise hubLimit in the rules.`;
    case 'blocked-value':
    case 'several-customers':
    case 'wide-conversation':
    case 'never-seen-together':
      return `To join them, an interaction must carry an identifier of each; or ${merge}.`;
    case 'unknown-type':
      return `To use it, the rules must name the type ${subject?.type ?? ''}.`;
    case 'never-seen':
      return 'It appears as soon as an interaction carries it.';
  }
}

function tellLimit({ limit, limitType }: Obstacle): string {
  if (limit === undefined || limitType === undefined) return '';
  return ` (a customer has at most ${limit} ${limitType})`;
}

/** A merge that was declared before its ends were seen. */
function waiting({ calls }: Situation): string {
  const call = calls.find(({ kind, statement }) => kind === 'merge' && statement);
  return call ? `; a merge call of ${call.statement?.actor} waits for it` : '';
}

function show(identifier: Identifier | undefined): string {
  return identifier ? `${identifier.type} ${identifier.value}` : 'It';
}

function when(evidence: Evidence | null): string {
  return evidence ? `on ${day(evidence.at)} (${evidence.source}/${evidence.id})` : '';
}

function day(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
