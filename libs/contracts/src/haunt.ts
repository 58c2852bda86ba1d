/**
 * The body of an interaction without what was erased of it: identifiers become ghosts, and wherever else the sender wrote the
 * same value (in `data`, and in `original` as it was posted) a mark takes its place. The outcome does not depend on the order in
 * which erasures are read. Left alone are the members that others are keyed and counted by: source, id, conversation and the
 * dimensions.
 */
import type { Identifier, Interaction } from './interaction.js';
import { livingNameOf } from './ghost.js';
import type { NameOf } from './ghost.js';
import { normaliseIdentifier } from './normalise-identifiers.js';

/** Keyed name of an erased identifier → the value of its ghost. */
export type Ghosts = Readonly<Record<string, string>>;

/** Stands in texts where an erased value stood. */
export const ERASED_TEXT = '[erased]';

/**
 * @param text the JSON text of an accepted interaction
 * @returns the same text when nothing in it is erased
 */
export function haunt(text: string, ghosts: Ghosts, nameOf: NameOf): string {
  const body = JSON.parse(text) as Interaction;
  const erased: Identifier[] = [];
  const identifiers = body.identifiers.map((identifier): Identifier => {
    const was = livingNameOf(identifier);
    const ghost = ghosts[was ?? nameOf(identifier)];
    if (ghost === undefined || ghost === identifier.value) return identifier;
    if (was === undefined) erased.push(identifier);
    return { type: identifier.type, value: ghost };
  });
  if (identifiers.every((identifier, index) => identifier === body.identifiers[index])) return text;
  const silence = (value: string): string => without(value, erased);
  const { data, original } = body;
  return JSON.stringify({
    ...body,
    identifiers,
    data: rewrite(data, silence),
    ...(original !== undefined && { original: rewrite(original, silence) }),
  });
}

/** Depth is bounded where interactions are taken in. */
function rewrite(value: unknown, silence: (text: string) => string): unknown {
  if (typeof value === 'string') return silence(value);
  if (Array.isArray(value)) return value.map((item) => rewrite(item, silence));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [silence(name), rewrite(member, silence)]),
  );
}

function without(text: string, erased: readonly Identifier[]): string {
  let left = text;
  for (const identifier of erased) {
    if (isSame(left, identifier)) return ERASED_TEXT;
    left = cutOut(left, identifier.value);
  }
  return left;
}

/** As posted: in other letters, or a phone number as it is written in its country. */
function isSame(text: string, { type, value }: Identifier): boolean {
  if (text === value || normaliseIdentifier(type, text, ANY_REGION) === value) return true;
  if (!PHONES.has(type) || !NUMBER.test(text)) return false;
  const digits = text.replaceAll(/\D/gu, '').replace(/^0+/u, '');
  return digits.length >= DIGITS_MIN && value.endsWith(digits);
}

const ANY_REGION = 'US';
const PHONES: ReadonlySet<string> = new Set(['phone', 'whatsapp']);
const NUMBER = /^[\s\d+()/.-]+$/u;
/** Fewer digits are amounts and counts. */
const DIGITS_MIN = 6;
/** A shorter value may be part of any word. */
const PART_MIN = 6;

/** `mailto:jane@example.com?subject=…` */
function cutOut(text: string, value: string): string {
  if (value.length < PART_MIN || text.length <= value.length) return text;
  const found = text.toLowerCase();
  const wanted = value.toLowerCase();
  // Letters that change their length in lower case would shift the cut.
  if (found.length !== text.length) return found.split(wanted).join(ERASED_TEXT);
  const parts: string[] = [];
  let from = 0;
  for (let at = found.indexOf(wanted); at >= 0; at = found.indexOf(wanted, from)) {
    parts.push(text.slice(from, at));
    from = at + wanted.length;
  }
  return parts.length === 0 ? text : [...parts, text.slice(from)].join(ERASED_TEXT);
}
