/**
 * Is what was posted an interaction of the contract, from a source that this caller may write to? All findings at once, the
 * one that is told first in front. The form is checked before the source: a source that is no text has no access.
 */
import { normaliseText, validateInput } from '#contracts';
import type { InputProblem, InteractionInput } from '#contracts';

export interface OpenSource {
  readonly kind: 'open';
  /** Default region of phone numbers. */
  readonly region: string;
  /** Of the tenant; absent = any age. */
  readonly retentionDays?: number;
}

export type SourceAccess =
  OpenSource | { readonly kind: 'unknown' } | { readonly kind: 'not-allowed' };

export type SourceLookup = (source: string) => SourceAccess;

export type ValidationOutcome =
  | {
      readonly kind: 'valid';
      readonly posted: InteractionInput;
      readonly source: OpenSource;
    }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly [InputProblem, ...InputProblem[]];
    };

const UNKNOWN_SOURCE: InputProblem = {
  code: 'unknown-source',
  pointer: '/source',
  detail: 'names no source of this tenant',
};
const SOURCE_NOT_ALLOWED: InputProblem = {
  code: 'source-not-allowed',
  pointer: '/source',
  detail: 'is not a source that this key may write to',
};

export function validateInteraction(value: unknown, sourceAccess: SourceLookup): ValidationOutcome {
  const [first, ...others] = validateInput(value);
  if (first !== undefined) return { kind: 'invalid', problems: [first, ...others] };
  const posted = asInput(value);
  const access = sourceAccess(normaliseText(posted.source));
  switch (access.kind) {
    case 'open':
      return { kind: 'valid', posted, source: access };
    case 'unknown':
      return { kind: 'invalid', problems: [UNKNOWN_SOURCE] };
    case 'not-allowed':
      return { kind: 'invalid', problems: [SOURCE_NOT_ALLOWED] };
  }
}

/** The compiled validators are the proof. */
function asInput(value: unknown): InteractionInput {
  return value as InteractionInput;
}
