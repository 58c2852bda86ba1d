/** Rules as somebody posts them → rules, or everything that is wrong with them. Pure. */
import { err, ok } from '#kernel';
import type { Result } from '#kernel';
import type { ConflictPolicy, IdentityRules, TypeRule } from './rules.js';

export interface RulesProblem {
  readonly pointer: string;
  readonly detail: string;
}

const TYPES_MAX = 50;
const BLOCKED_MAX = 10_000;
const LIMIT_MAX = 100_000;
const POLICIES: readonly ConflictPolicy[] = ['split', 'first', 'last'];
const TYPE = /^[A-Za-z][\w-]{0,49}(:(\*|[\w-]{1,50}))?$/u;
/** `version` and `history` are of the answer that rules are edited from. */
const MEMBERS = [
  'version',
  'history',
  'levels',
  'hubLimit',
  'conversationLimit',
  'blocked',
  'conversationSpaces',
];

/** `version`: the one that they get; a posted one is not looked at, nor the history. */
export function validateRules(
  posted: unknown,
  version: number,
): Result<IdentityRules, readonly RulesProblem[]> {
  if (!isRecord(posted)) return err([{ pointer: '', detail: 'the rules are an object' }]);
  const problems: RulesProblem[] = [];
  for (const member of Object.keys(posted)) {
    if (!MEMBERS.includes(member)) problems.push({ pointer: `/${member}`, detail: 'is no rule' });
  }
  const rules: IdentityRules = {
    version,
    levels: levelsIn(posted['levels'], problems),
    hubLimit: limitIn(posted['hubLimit'], '/hubLimit', problems),
    conversationLimit: limitIn(posted['conversationLimit'], '/conversationLimit', problems),
    blocked: blockedIn(posted['blocked'], problems),
    conversationSpaces: spacesIn(posted['conversationSpaces'], problems),
  };
  return problems.length > 0 ? err(problems) : ok(rules);
}

function levelsIn(posted: unknown, problems: RulesProblem[]): TypeRule[][] {
  if (!Array.isArray(posted) || posted.length === 0) {
    problems.push({ pointer: '/levels', detail: 'levels are a list, the strongest first' });
    return [];
  }
  const seen = new Set<string>();
  const levels = posted.map((level: unknown, row) => {
    const pointer = `/levels/${row}`;
    if (!Array.isArray(level) || level.length === 0) {
      problems.push({ pointer, detail: 'a level is a list of types' });
      return [];
    }
    return level.flatMap((type: unknown, column) =>
      typeIn(type, { pointer: `${pointer}/${column}`, seen, problems }),
    );
  });
  if (seen.size > TYPES_MAX) {
    problems.push({ pointer: '/levels', detail: `at most ${TYPES_MAX} types` });
  }
  return levels;
}

function typeIn(
  posted: unknown,
  at: { readonly pointer: string; readonly seen: Set<string>; readonly problems: RulesProblem[] },
): TypeRule[] {
  const { pointer, seen, problems } = at;
  if (!isRecord(posted)) {
    problems.push({ pointer, detail: 'a type is {type, perProfile, onConflict}' });
    return [];
  }
  const { type, perProfile = null, onConflict = 'split' } = posted;
  const policy = POLICIES.find((each) => each === onConflict);
  if (typeof type !== 'string' || !TYPE.test(type) || seen.has(type)) {
    problems.push({ pointer: `${pointer}/type`, detail: 'a name, or `prefix:*`, each once' });
  } else seen.add(type);
  if (policy === undefined) {
    problems.push({ pointer: `${pointer}/onConflict`, detail: POLICIES.join(', ') });
  }
  const limit = perProfile === null ? null : limitIn(perProfile, `${pointer}/perProfile`, problems);
  return [{ type: String(type), perProfile: limit, onConflict: policy ?? 'split' }];
}

function limitIn(posted: unknown, pointer: string, problems: RulesProblem[]): number {
  if (typeof posted === 'number' && Number.isInteger(posted) && posted > 0 && posted <= LIMIT_MAX) {
    return posted;
  }
  problems.push({ pointer, detail: `a whole number from 1 to ${LIMIT_MAX}` });
  return 1;
}

function blockedIn(posted: unknown, problems: RulesProblem[]): string[] {
  const values: unknown[] = Array.isArray(posted) ? posted : [undefined];
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length !== values.length || texts.length > BLOCKED_MAX) {
    problems.push({ pointer: '/blocked', detail: `a list of at most ${BLOCKED_MAX} texts` });
  }
  return texts.map((text) => text.trim().toLowerCase());
}

function spacesIn(posted: unknown, problems: RulesProblem[]): Record<string, string> {
  if (posted === undefined) return {};
  const entries = isRecord(posted) ? Object.entries(posted) : [['', undefined] as const];
  const texts = entries.flatMap(([source, space]): [string, string][] =>
    typeof space === 'string' && space !== '' ? [[source, space]] : [],
  );
  if (texts.length !== entries.length) {
    problems.push({ pointer: '/conversationSpaces', detail: 'source → name space' });
  }
  return Object.fromEntries(texts);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
