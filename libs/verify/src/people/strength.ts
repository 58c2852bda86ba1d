/** What the rules say of identifier types and values. */
import { isPlaceholder, type Identifier } from '#contracts';
import type { Rules, TypeRule } from '../archive.js';

/** Level 0 is the strongest; undefined = the type has no rule and is no identifier. */
export function ruleOf(rules: Rules, type: string): (TypeRule & { level: number }) | undefined {
  for (const [level, types] of rules.levels.entries()) {
    for (const rule of types) {
      const isFamily = rule.type.endsWith(':*');
      const family = rule.type.slice(0, -1);
      const fits = isFamily ? type.startsWith(family) && type !== family : type === rule.type;
      if (fits) return { ...rule, level };
    }
  }
  return undefined;
}

function isBlocked(rules: Rules, value: string): boolean {
  return isPlaceholder(value, new Set(rules.blocked.map((each) => each.toLowerCase())));
}

/** Those of an interaction that count, each once. */
export function usableIdentifiers(rules: Rules, carried: readonly Identifier[]): Identifier[] {
  const usable: Identifier[] = [];
  for (const { type, value } of carried) {
    if (ruleOf(rules, type) === undefined || isBlocked(rules, value)) continue;
    if (usable.some((other) => other.type === type && other.value === value)) continue;
    usable.push({ type, value });
  }
  return usable;
}
