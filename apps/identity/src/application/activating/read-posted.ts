/** Posted rules → rules, or the problem with everything that is wrong with them. */
import { Problem } from '#runtime';
import type { IdentityRules } from '../../domain/rules.js';
import { validateRules } from '../../domain/validate-rules.js';

/** `version`: the one that they get. */
export function readPosted(posted: unknown, version: number): IdentityRules {
  const checked = validateRules(posted, version);
  if (checked.ok) return checked.value;
  const errors = checked.problem.map((problem) => ({
    ...problem,
    code: 'invalid-parameter' as const,
  }));
  throw new Problem('invalid-parameter', errors[0]?.detail ?? '', { errors });
}
