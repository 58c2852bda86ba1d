/** Facts: what journey derives from a timeline and metrics measures (domain model in ARCHITECTURE.md). */
import { TOPIC } from './topics.js';

export const FACT_KINDS = [
  'session',
  'contact',
  'order',
  'survey',
  'invitation',
  'issue',
  'cart',
  'promise',
  'stage',
  'selfservice',
] as const;
export type FactKind = (typeof FACT_KINDS)[number];

export const FACT_TOPIC: Readonly<Record<FactKind, string>> = {
  session: TOPIC.journeySession.name,
  contact: TOPIC.journeyContact.name,
  order: TOPIC.journeyOrder.name,
  survey: TOPIC.journeySurvey.name,
  invitation: TOPIC.journeyInvitation.name,
  issue: TOPIC.journeyIssue.name,
  cart: TOPIC.journeyCart.name,
  promise: TOPIC.journeyPromise.name,
  stage: TOPIC.journeyStage.name,
  selfservice: TOPIC.journeySelfservice.name,
};

export const FACT_DIMENSIONS = [
  'channel',
  'touchpoint',
  'queue',
  'agent',
  'topic',
  'product',
  'store',
  'campaign',
  'stage',
  'segment',
  'currency',
  'source',
] as const;
export type FactDimension = (typeof FACT_DIMENSIONS)[number];
export type FactDims = Readonly<Partial<Record<FactDimension, string>>>;

/** Integers only: ms, counts, 0/1 for truths, money in 1/10,000 of the currency unit. Absent = not known (not zero). */
export type FactMeasures = Readonly<Record<string, number>>;

export interface InteractionRef {
  readonly source: string;
  readonly id: string;
}

export interface Fact {
  readonly tenant: string;
  readonly kind: FactKind;
  readonly id: string;
  readonly revision: number;
  /** Public profile id at the last write; it resolves for ever. Null when the fact has no profile. */
  readonly profileId: string;
  /** RFC 3339 UTC, ms; `from` ≤ `to`; `at` is the instant at which the fact counts. */
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly dims: FactDims;
  readonly measures: FactMeasures;
  /**
   * The first 50 and, beyond 100 interactions, the last 50; up to 100 all stand in `first`+`last` without repeats. Issues,
   * carts, self-service runs and invitations list at most their first 8 (of issues: the one that opens each contact).
   */
  readonly interactions: {
    readonly count: number;
    readonly first: readonly InteractionRef[];
    readonly last: readonly InteractionRef[];
  };
  readonly status: 'provisional' | 'final';
  readonly finalAt?: string;
}

export const CAUSES = [
  'new',
  'late',
  'merge',
  'unmerge',
  'update',
  'withdrawal',
  'deadline',
  'erasure',
  'retention',
  'rules',
  'restore',
] as const;
export type Cause = (typeof CAUSES)[number];

/**
 * Measures of each kind, by name (0/1 for truths; absent = not known):
 * - session: durationMs, pages, interactions, converted (an order placed in it). dims: channel, touchpoint (entry), campaign, source
 * - contact, live (call, chat, desk): offered, answered, abandoned, handled, transfers; waitMs, firstResponseMs; when handled talkMs,
 *   holdMs, wrapUpMs, handleMs (their sum). Written (mail, social message, case): responded, firstResponseMs, transfers, and never offered
 * - order: value, refunded, items, cancelled, returned; margin when known. dims.currency is mandatory
 * - survey: nps | csat | ces (exactly one is 1); score ×100, more is better (ces stretched to 1–7); nps: promoter, passive, detractor;
 *   csat: topTwo; ces: easy
 * - invitation: delivered (not bounced), answered (both 0/1); nps | csat | ces when the instrument is told. `at`: sent
 * - issue (contacts of a profile on one topic): contacts, channels, handoffs (the next contact comes on another channel),
 *   failedHandoffs (of them: within 24 h of the last word, and that contact had not ended as resolved), repeats (contacts − 1),
 *   resolved, resolvedOnFirst; when resolved resolutionMs. Provisional until 7 days (a setting) after the last word (90 with an open case)
 * - cart: value, items, ordered, abandoned (no order within 24 h of the last update), recovered (an order later, within 7
 *   days). dims.currency. `at`: last update. Provisional until ordered or 8 days after the last update
 * - promise, counted when due: due (0 when cancelled in time) and one of open, kept, keptLate, broken, cancelled; latenessMs
 *   when kept late. Provisional until due
 * - stage (first entry of a profile, dims.stage): entered (always 1), timeToStageMs since its first entry into any stage
 * - selfservice: contained (not escalated), trulyContained (besides no human contact by the profile on any channel until 24 h
 *   after the end), completed, failed, escalated, durationMs. Provisional until then
 */
