/**
 * What an explanation of a pair is made from: rows as they are kept, of the two profiles and of what lies between them. Nothing
 * is solved again: the decisions are those that were recorded when the people were found.
 */
import type { Identifier, Standing } from '#contracts';
import type { Call } from '../call.js';
import type { Decision } from '../decision.js';
import type { Evidence, Span } from '../evidence.js';
import type { Refused } from '../identifier.js';
import type { UnitNote } from '../links.js';
import type { CompiledRules } from '../rules.js';

/** An end that somebody asks about. */
export type AskedEnd =
  | { readonly status: 'seen'; readonly said: string; readonly name: string }
  | {
      readonly status: 'never-seen' | 'unknown-type' | 'blocked-value';
      readonly said: string;
      readonly identifier: Identifier | null;
    };

export interface KnownIdentifier extends Identifier {
  readonly name: string;
  readonly standing: Standing;
  /** Root of the profile that holds it. */
  readonly profileId: string;
}

export interface KnownCall extends Call {
  /** Of a call by somebody; null for an alias, which an interaction declared. */
  readonly statement: { readonly actor: string; readonly reason: string } | null;
  /** The interaction of an alias. */
  readonly evidence: Evidence | null;
}

export interface SharedConversation {
  readonly note: UnitNote;
  readonly evidence: Evidence;
}

/** Something that is no identifier, carried by interactions of both profiles. */
export interface CommonRefusal extends Refused {
  readonly evidence: Evidence;
}

export interface Situation {
  readonly a: AskedEnd;
  readonly b: AskedEnd;
  /** Everything that is named below, and the roots of rivals. */
  readonly identifiers: ReadonlyMap<string, KnownIdentifier>;
  /** Inside the profile of both; else between the two profiles, and from identifiers that are linked to both. */
  readonly links: ReadonlyMap<string, Span>;
  /** That stand, about identifiers of the two profiles. */
  readonly calls: readonly KnownCall[];
  readonly decisions: readonly Decision[];
  /** Conversations that hold identifiers of both profiles and join nobody. */
  readonly conversations: readonly SharedConversation[];
  readonly refusals: readonly CommonRefusal[];
  /** Identifiers of each type in a profile, by its root. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly rules: CompiledRules;
}
