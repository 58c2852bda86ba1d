/**
 * Deadlines. A session is over 30 minutes (a setting of the tenant) after its last interaction, at 24 hours, or with its 10,000th interaction. `now` is
 * the stored watermark, an argument. At equal instants interactions come first: one exactly 30 minutes (or 24 hours) later
 * still belongs to the session. A fact is final once its deadline is not after the watermark; a late interaction makes it
 * provisional or different again, exactly as if it had been there before.
 */
import type { DerivedFact } from './derived-fact.js';

export const SESSION_MAX_MS = 24 * 3_600_000;
export const SESSION_INTERACTIONS_MAX = 10_000;

export function sessionEnd(session: {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly inactivityMs: number;
}): number {
  if (session.count >= SESSION_INTERACTIONS_MAX) return session.to;
  return Math.min(session.to + session.inactivityMs, session.from + SESSION_MAX_MS);
}

/** The fact as the watermark makes it. */
export function settled(fact: DerivedFact, watermark: number): DerivedFact {
  if (fact.finalAt === undefined) return fact;
  const status = fact.finalAt <= watermark ? 'final' : 'provisional';
  return status === fact.status ? fact : { ...fact, status };
}

/** The next instant at which one of the facts becomes final. */
export function nextDeadline(facts: Iterable<DerivedFact>): number | undefined {
  let due: number | undefined;
  for (const { status, finalAt } of facts) {
    if (status === 'provisional' && finalAt !== undefined && (due === undefined || finalAt < due))
      due = finalAt;
  }
  return due;
}
