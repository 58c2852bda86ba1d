/**
 * What identity keeps between batches, one row a thing. Everything but the keys and counters follows from the evidence;
 * `profileKey` is internal and stable (the larger side keeps it), counters grow with each published change.
 */
import type { Identifier, Standing } from '#contracts';
import type { Evidence, RecordVersion, Span } from './evidence.js';
import type { Refused } from './identifier.js';

/** The winning version of one (tenant, source, id). */
export interface WinnerRow extends RecordVersion {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  /** Empty: it went by age, and only its version is kept. */
  readonly filing: string;
  readonly isWithdrawn: boolean;
  /** ms */
  readonly receivedAt: number;
  /** 1 for the first winner, grows by one with each that replaces it. */
  readonly contentCounter: number;
  readonly refused: readonly Refused[];
}

export interface FilingRow {
  readonly tenant: string;
  readonly filing: string;
  readonly unit: string;
  /** Names of the identifiers, in the order of (type, value). */
  readonly names: readonly string[];
  /** Null when no interaction in it counts. */
  readonly span: Span | null;
  /** Interactions that count. */
  readonly count: number;
  /** Interactions filed here, withdrawn ones too; 0 = all were replaced by versions filed elsewhere. */
  readonly total: number;
  /** Name of the owner; null = the unit is its own. */
  readonly owner: string | null;
  /** The owner as `type:value`, else the unit. */
  readonly anchor: string;
  /** Some interaction in it brought traits or consents; stays when that one is replaced. */
  readonly hasTraits: boolean;
  /** 0 while nothing is filed here. */
  readonly profileKey: number;
  readonly counter: number;
}

export interface IdentifierRow extends Identifier {
  readonly tenant: string;
  readonly name: string;
  /** Null: carried by nothing that counts. */
  readonly first: Evidence | null;
  /** Links that count towards the hub limit. */
  readonly hubLinks: number;
  readonly standing: Standing | null;
  /** Closed in every pass of the last solve: regions are cut here. */
  readonly isCut: boolean;
  readonly profileKey: number | null;
  /** How many filings it owns: the larger side of a join keeps its key. */
  readonly filings: number;
}

export interface LinkRow {
  readonly tenant: string;
  readonly pair: string;
  readonly span: Span;
}

/**
 * How a profile lies among the links, hubs left out:
 *   plain      a person within every limit that is linked to nothing outside and that no call names: what is linked to it
 *              joins it, without a solve, as long as the limits hold
 *   bordered   the same, but for links to closed identifiers (shared ones); their decisions name its root
 *   entangled  everything else: only a solve can tell
 */
export type Surroundings = 'plain' | 'bordered' | 'entangled';

export type TypeCounts = Readonly<Record<string, number>>;

export interface ProfileRow {
  readonly tenant: string;
  readonly profileKey: number;
  /** The root's name, or the unit's when it carries no identifier. */
  readonly profileId: string;
  /** The unit (or filing of a wide conversation) of a profile without identifiers: its id resolves for ever through it. */
  readonly bareUnit: string | null;
  readonly counter: number;
  readonly isGone: boolean;
  /** Identifiers held, by type; of every type, since rules may come to limit any. */
  readonly counts: TypeCounts;
  readonly surroundings: Surroundings;
  /** Filings that hang on it: the larger side of a join keeps its key. */
  readonly filings: number;
}

/** A trait or a consent as one interaction brought it; it follows the filing of that interaction. */
export interface TraitRow {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly filing: string;
  readonly kind: 'trait' | 'consent';
  readonly name: string;
  /** JSON text. */
  readonly value: string;
  readonly at: number;
}

/** Identifiers and interactions that went from one profile to another in one change. */
export interface Move {
  /** `joined`: the profile it came from is no more · `split`: the one it went to is new · `moved`: both were and are. */
  readonly kind: 'joined' | 'split' | 'moved';
  readonly tenant: string;
  /** Profile ids, before and after. */
  readonly from: string;
  readonly to: string;
  readonly identifiers: number;
  readonly interactions: number;
}
