/**
 * One pass over the raw text of a request, without recursion and before JSON.parse: finds where each interaction begins and
 * ends, and in each the first thing that parsing would hide or choke on — nesting, number of keys, size, numbers that a
 * double cannot hold, U+0000 and lone surrogates. What it finds belongs to one interaction, so its neighbours go on.
 * The text may be malformed: the scan then ends somewhere, and JSON.parse says what is wrong.
 * Duplicate keys are legal and the last one wins, as everywhere in JavaScript and PostgreSQL; each still counts as a key.
 * About 1 ns a character.
 */
import type { InputProblem } from '#contracts';
import { isKeyEndingInBackslash, jsonPointer, shownName } from '#kernel';
import {
  DEPTH_MAX,
  INTERACTIONS_MAX,
  INTERACTION_BYTES_MAX,
  KEYS_MAX,
  POINTER_MAX,
} from './limits.js';

export type BodyShape = 'single' | 'array' | 'batch';

export interface CheckedInteraction {
  /** Offsets in the text, without the white space around. */
  readonly start: number;
  readonly end: number;
  readonly problem?: InputProblem;
}

export interface CheckedText {
  readonly shape: BodyShape;
  /** At most one beyond the limit: enough to see that there are too many. */
  readonly interactions: readonly CheckedInteraction[];
  /** A key that JSON.parse must not see (`isKeyEndingInBackslash`) is somewhere in the text. */
  readonly isMisreadable: boolean;
}

const [QUOTE, BACKSLASH, COMMA, COLON, MINUS] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [ZERO, NINE, PLUS, DOT, LOWER_E, UPPER_E, LOWER_U] = [
  0x30, 0x39, 0x2b, 0x2e, 0x65, 0x45, 0x75,
];
/** Levels whose position is remembered: the deepest allowed, below a batch's two. */
const LEVELS = DEPTH_MAX + 4;
/** An integer of so many characters is safe whatever its digits. */
const SAFE_LENGTH = 15;

export function checkRawText(text: string): CheckedText {
  return new Scan(text).run();
}

class Scan {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Of each open container, outermost at 1: is it an object, where its current key stands, its current index. */
  readonly #isObject = new Uint8Array(LEVELS);
  readonly #keyStart = new Int32Array(LEVELS);
  readonly #keyEnd = new Int32Array(LEVELS);
  readonly #index = new Int32Array(LEVELS);
  #isKeyNext = false;

  #shape: BodyShape = 'single';
  /** Level of the container that holds the interactions: 0 for a single one, 1 for an array, 2 for a batch. */
  #base = 0;
  #isInside = true;
  #interactions: CheckedInteraction[] = [];
  #start = 0;
  #keys = 0;
  #problem: InputProblem | undefined;
  #isMisreadable = false;

  constructor(text: string) {
    this.#text = text;
  }

  run(): CheckedText {
    const text = this.#text;
    while (this.#at < text.length && this.#interactions.length <= INTERACTIONS_MAX) {
      const unit = text.charCodeAt(this.#at);
      if (unit === QUOTE) this.#string();
      else if (unit === COMMA) this.#comma();
      else if (unit === COLON) this.#isKeyNext = false;
      else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) this.#open(unit === OPEN_OBJECT);
      else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) this.#close();
      else if (unit === MINUS || (unit >= ZERO && unit <= NINE)) this.#number();
      this.#at += 1;
    }
    if (this.#shape === 'single') this.#finish(text.length);
    return {
      shape: this.#shape,
      interactions: this.#interactions,
      isMisreadable: this.#isMisreadable,
    };
  }

  #open(isObject: boolean): void {
    if (!isObject && this.#isListOfInteractions()) this.#startList();
    this.#depth += 1;
    const depth = this.#depth;
    if (depth - this.#base > DEPTH_MAX && this.#isInside) {
      this.#found('too-deep', `is nested deeper than ${DEPTH_MAX} levels`, depth - 1);
    }
    if (depth >= LEVELS) return;
    this.#isObject[depth] = isObject ? 1 : 0;
    this.#index[depth] = 0;
    this.#keyStart[depth] = 0;
    this.#keyEnd[depth] = 0;
    this.#isKeyNext = isObject;
  }

  #close(): void {
    if (this.#shape !== 'single' && this.#isInside && this.#depth === this.#base) {
      this.#finish(this.#at);
      this.#isInside = false;
    }
    if (this.#depth > 0) this.#depth -= 1;
    this.#isKeyNext = false;
  }

  #comma(): void {
    const depth = this.#depth;
    if (this.#shape !== 'single' && this.#isInside && depth === this.#base) {
      this.#finish(this.#at);
      this.#begin();
    }
    if (depth >= LEVELS) return;
    if (this.#isObject[depth] === 1) this.#isKeyNext = true;
    else this.#index[depth] = (this.#index[depth] ?? 0) + 1;
  }

  /** The body's own array, or the array under `interactions` in the body's own object. */
  #isListOfInteractions(): boolean {
    if (this.#depth === 0) return this.#shape === 'single';
    if (this.#depth !== 1 || this.#isObject[1] !== 1) return false;
    const key = this.#text.slice(this.#keyStart[1], this.#keyEnd[1]);
    // Escaped keys too: scan and JSON.parse must never see two different lists.
    return key === '"interactions"' || (key.includes('\\') && this.#keyText(1) === 'interactions');
  }

  #startList(): void {
    this.#shape = this.#depth === 0 ? 'array' : 'batch';
    this.#base = this.#depth + 1;
    this.#isInside = true;
    this.#interactions = [];
    this.#begin();
  }

  #begin(): void {
    this.#start = this.#at + 1;
    this.#keys = 0;
    this.#problem = undefined;
  }

  #finish(limit: number): void {
    let start = this.#start;
    let end = limit;
    while (start < end && isSpace(this.#text.charCodeAt(start))) start += 1;
    while (end > start && isSpace(this.#text.charCodeAt(end - 1))) end -= 1;
    if (start === end && this.#interactions.length === 0) return;
    const isLarge =
      utf8Length(this.#text, start, end, INTERACTION_BYTES_MAX) > INTERACTION_BYTES_MAX;
    const problem = isLarge ? TOO_LARGE : this.#problem;
    this.#interactions.push(problem === undefined ? { start, end } : { start, end, problem });
  }

  #string(): void {
    const text = this.#text;
    const start = this.#at;
    let isStorable = true;
    let at = start + 1;
    let unit = text.charCodeAt(at);
    while (unit !== QUOTE && at < text.length) {
      if (unit === BACKSLASH) {
        const length = escapeLength(text, at);
        if (length < 0) isStorable = false;
        at += Math.abs(length);
      } else at += 1;
      unit = text.charCodeAt(at);
    }
    this.#at = at;
    if (unit === QUOTE && isKeyEndingInBackslash(text, at)) this.#isMisreadable = true;
    if (this.#isKeyNext && this.#depth < LEVELS) this.#key(start, at + 1);
    if (!isStorable && this.#isInside) {
      this.#found('forbidden-character', 'holds U+0000 or half of a surrogate pair', this.#depth);
    }
  }

  #key(start: number, end: number): void {
    this.#isKeyNext = false;
    this.#keyStart[this.#depth] = start;
    this.#keyEnd[this.#depth] = end;
    this.#keys += 1;
    if (this.#keys === KEYS_MAX + 1 && this.#isInside) {
      this.#found('too-many-keys', `has more than ${KEYS_MAX} keys`, this.#base);
    }
  }

  #number(): void {
    const text = this.#text;
    const start = this.#at;
    let isInteger = true;
    let at = start + 1;
    for (let unit = text.charCodeAt(at); isNumeric(unit); unit = text.charCodeAt(++at)) {
      if (unit < ZERO || unit > NINE) isInteger = false;
    }
    this.#at = at - 1;
    if (isInteger && at - start <= SAFE_LENGTH) return;
    if (this.#isInside && !isSafe(text.slice(start, at))) {
      this.#found('unsafe-number', 'cannot be kept exactly: send it as a string', this.#depth);
    }
  }

  /** The first problem of an interaction is the one that is told. */
  #found(code: InputProblem['code'], detail: string, depth: number): void {
    this.#problem ??= { code, pointer: this.#pointer(depth), detail };
  }

  #pointer(depth: number): string {
    let pointer = '';
    for (let level = this.#base + 1; level <= Math.min(depth, LEVELS - 1); level++) {
      const isObject = this.#isObject[level] === 1;
      const name = isObject ? shownName(this.#keyText(level)) : (this.#index[level] ?? 0);
      pointer += jsonPointer(name);
    }
    return pointer.slice(0, POINTER_MAX);
  }

  #keyText(level: number): string {
    return keyIn(this.#text.slice(this.#keyStart[level], this.#keyEnd[level]));
  }
}

const TOO_LARGE: InputProblem = {
  code: 'too-large',
  pointer: '',
  detail: `has more than ${INTERACTION_BYTES_MAX} bytes`,
};

/** The key that the JSON text stands for, so that it can be stored: what cannot be is shown as U+FFFD. */
function keyIn(json: string): string {
  let key: string;
  try {
    key = String(JSON.parse(json));
  } catch {
    // The text is malformed: JSON.parse of the whole will say so.
    key = '';
  }
  return key.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** Characters of the escape at `at`; negative when it stands for something that cannot be stored. */
function escapeLength(text: string, at: number): number {
  if (text.charCodeAt(at + 1) !== LOWER_U) return 2;
  const unit = hexUnit(text, at + 2);
  if (unit === 0) return -6;
  if (unit < 0xd800 || unit > 0xdfff) return 6;
  const isPair =
    unit < 0xdc00 && text.charCodeAt(at + 6) === BACKSLASH && text.charCodeAt(at + 7) === LOWER_U;
  const next = isPair ? hexUnit(text, at + 8) : 0;
  return next >= 0xdc00 && next <= 0xdfff ? 12 : -6;
}

/** The code unit of four hex digits; NaN when they are none. */
function hexUnit(text: string, at: number): number {
  return Number(`0x${text.slice(at, at + 4)}`);
}

/** Finite, not an integer beyond 2^53 − 1, and not a fraction so small that it becomes zero. */
function isSafe(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return Number.isNaN(value);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  return value !== 0 || !/^-?[0.]*[1-9]/.test(token);
}

function isNumeric(unit: number): boolean {
  if (unit >= ZERO && unit <= NINE) return true;
  return unit === DOT || unit === MINUS || unit === PLUS || unit === LOWER_E || unit === UPPER_E;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** Bytes of a part of the text as UTF-8; exact only where it matters, near `limit`. */
function utf8Length(text: string, start: number, end: number, limit: number): number {
  const units = end - start;
  if (units > limit || units * 3 <= limit) return units;
  let bytes = units;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    // A surrogate pair is two units and four bytes: one more each.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
