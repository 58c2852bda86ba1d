import type { ErasureRequested, Interaction, TenantSettings } from '#contracts';

/** More are refused: all of a tenant is held in memory at once. */
export const INTERACTIONS_MAX = 1_000_000;

export interface TypeRule {
  readonly type: string;
  /** `null` = any number. */
  readonly perProfile: number | null;
  readonly onConflict: 'split' | 'first' | 'last';
}

/** The rules of identity as data: types from strongest to weakest, those of one level equally strong. */
export interface Rules {
  readonly levels: readonly (readonly TypeRule[])[];
  readonly hubLimit: number;
  readonly conversationLimit: number;
  readonly blocked: readonly string[];
  /** source → name space of its conversation ids. */
  readonly conversationSpaces: Readonly<Record<string, string>>;
}

/** A call that stands; both ends are keyed hashes of identifiers. */
export interface Call {
  readonly kind: 'merge' | 'unmerge';
  readonly a: string;
  readonly b: string;
  /** ms */
  readonly at: number;
}

/** Everything that the numbers of one tenant are a function of. */
export interface Archive {
  readonly tenant: string;
  /** Of the installation: key of profile ids. */
  readonly secret: string;
  readonly settings: TenantSettings;
  readonly rules: Rules;
  readonly calls: readonly Call[];
  /** Parts of erasures, in any order. The bodies are without what they took. */
  readonly erasures?: readonly ErasureRequested[];
  /** Every version that the archive holds, in any order. */
  readonly interactions: readonly Interaction[];
  /** ms; what is due then or before has happened. */
  readonly watermark: number;
  /** Names of what the services count, when that is less than what is known here. */
  readonly counted?: { readonly facts: readonly string[]; readonly kpis: readonly string[] };
}
