/**
 * An end of a call or of a question, as people write it: `type:value`, or a profile id (which names the identifier that it was
 * made of: the root). Values are read as ingestion reads them, or the end would never meet what is seen.
 */
import { normaliseIdentifier } from '#contracts';
import type { Identifier } from '#contracts';
import type { CompiledRules } from './rules.js';

export type End =
  | { readonly status: 'identifier'; readonly identifier: Identifier }
  | { readonly status: 'profile'; readonly profileId: string }
  /** A type that the rules do not name, or a value that they block: carried, and no identifier. */
  | { readonly status: 'unknown-type'; readonly identifier: Identifier }
  | { readonly status: 'blocked-value'; readonly identifier: Identifier }
  | { readonly status: 'unparseable'; readonly text: string };

const PROFILE_ID = /^[0-9a-f]{32}$/;
/** The type ends at the first colon; a social network belongs to its type. */
const IDENTIFIER = /^(social:[^:]+|[^:]+):([\s\S]+)$/u;

/** `region`: of phone numbers that come without a country. */
export function readEnd(text: string, rules: CompiledRules, region: string): End {
  const bare = text.trim();
  if (PROFILE_ID.test(bare)) return { status: 'profile', profileId: bare };
  const [, type = '', posted = ''] = IDENTIFIER.exec(bare) ?? [];
  if (type === '' || bare.includes('\0')) return { status: 'unparseable', text };
  const plain = { type, value: posted.trim() };
  if (!rules.strengthOf(type)) return { status: 'unknown-type', identifier: plain };
  if (rules.isBlocked(posted)) return { status: 'blocked-value', identifier: plain };
  const value = normaliseIdentifier(type, posted, region);
  if (value === undefined || value === '') return { status: 'unparseable', text };
  const identifier = { type, value };
  return { status: rules.isBlocked(value) ? 'blocked-value' : 'identifier', identifier };
}

export function showIdentifier({ type, value }: Identifier): string {
  return `${type}:${value}`;
}
