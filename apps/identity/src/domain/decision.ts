/**
 * Decisions: why something was not joined. They are a function of evidence, calls and rules like everything else, so they
 * are recomputed with the solve, never appended to. A decision whose sides end in one profile is none.
 */
import { compareText } from '#kernel';
import type { Evidence } from './evidence.js';

export const SOLVE_CODES = ['limit-reached', 'shared-identifier', 'hub', 'negative-link'] as const;
export type SolveCode = (typeof SOLVE_CODES)[number];
/** The rest is read off the evidence of a unit or an interaction. */
export type DecisionCode =
  SolveCode | 'blocked-value' | 'unknown-type' | 'several-customers' | 'wide-conversation';

/** Of the solve; names are identifier names. */
export interface Decision {
  readonly code: SolveCode;
  readonly subject: string;
  /** The other sides, each by the root of its profile, sorted. Empty for a hub. */
  readonly rivals: readonly string[];
  readonly evidence: Evidence | null;
}

export function compareDecisions(a: Decision, b: Decision): number {
  return (
    compareText(a.subject, b.subject) ||
    compareText(a.code, b.code) ||
    compareText(a.rivals.join(), b.rivals.join())
  );
}
