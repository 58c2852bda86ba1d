/**
 * RFC 7396 over JSON text: members of the patch replace, null removes, objects merge, anything else replaces the whole.
 * Text in, text out: numbers that the patch leaves alone keep their digits, so a patch never hides one that no double holds.
 */
import type { JsonObject } from './raw-difference.js';

/** ES2026, in Node 22 and later: not yet in TypeScript's library. */
interface ExactJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, place: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}
const exact = JSON as unknown as ExactJson;

/** Both are valid JSON, not deeper than the limits allow. */
export function mergePatch(target: string, patch: string): string {
  return JSON.stringify(merge(parseExactly(target), parseExactly(patch)));
}

function parseExactly(text: string): unknown {
  return exact.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exact.rawJSON(source) : value,
  );
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !exact.isRawJSON(value)
  );
}
