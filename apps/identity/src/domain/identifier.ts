/**
 * Identifiers as nodes: a named (type, value) pair with its first evidence. The one order everywhere is (strength, first
 * seen, type, value), texts by code point. A profile's root is its first identifier in that order.
 *
 * The name of an identifier is its keyed hash under the installation's secret: it is the public profile id while the
 * identifier is a root, and resolves to the profile that holds it afterwards, so old profile ids never dangle.
 */
import { compareText, keyedHash } from '#kernel';
import type { Identifier } from '#contracts';
import { compareEvidence } from './evidence.js';
import type { Evidence } from './evidence.js';
import type { CompiledRules } from './rules.js';

export interface Node extends Identifier {
  readonly name: string;
  readonly first: Evidence;
}

/** The public profile id of a unit that carries no identifier. */
export function nameBareUnit(secret: string, tenant: string, unit: string): string {
  return keyedHash(secret, 'unit', tenant, unit);
}

export function compareNodes(a: Node, b: Node, rules: CompiledRules): number {
  return (
    rules.strength(a.type).level - rules.strength(b.type).level ||
    compareEvidence(a.first, b.first) ||
    compareText(a.type, b.type) ||
    compareText(a.value, b.value)
  );
}

export interface Refused extends Identifier {
  readonly code: 'blocked-value' | 'unknown-type';
}

/** What an interaction carries, taken apart: usable identifiers without repeats, and those that are none, with the reason. */
export function classify(
  carried: readonly Identifier[],
  rules: CompiledRules,
): { readonly usable: readonly Identifier[]; readonly refused: readonly Refused[] } {
  const usable = new Map<string, Identifier>();
  const refused: Refused[] = [];
  for (const { type, value } of carried) {
    if (!rules.strengthOf(type)) refused.push({ type, value, code: 'unknown-type' });
    else if (rules.isBlocked(value)) refused.push({ type, value, code: 'blocked-value' });
    else usable.set(`${type}\u001f${value}`, { type, value });
  }
  return { usable: [...usable.values()], refused };
}
