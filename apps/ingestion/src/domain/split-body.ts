/**
 * The bytes of a request → its interactions as JSON values, each with its own raw text and with what the check of the raw text found in it.
 * Refused as a whole is only what has no parts: too many bytes, wrong encoding, malformed JSON, too many interactions,
 * none, or a key that ends in a backslash (`#kernel` json-keys tells why).
 * A byte order mark is skipped. Details name a place, never the text: it may be personal.
 */
import type { ErrorCode, InputProblem } from '#contracts';
import { BODY_BYTES_MAX, INTERACTIONS_MAX } from './limits.js';
import { checkRawText } from './check-raw-text.js';
import type { BodyShape, CheckedText } from './check-raw-text.js';

export interface PostedInteraction {
  readonly value: unknown;
  /** JSON text as posted. */
  readonly raw: () => string;
  /** Set = refused whatever else it says. */
  readonly problem?: InputProblem;
}

export interface RefusedBody {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly pointer: string;
  readonly detail: string;
}

export type SplitBody =
  | {
      readonly kind: 'split';
      readonly shape: BodyShape;
      readonly interactions: readonly PostedInteraction[];
    }
  | RefusedBody;

const refused = (code: ErrorCode, detail: string, pointer = ''): RefusedBody => ({
  kind: 'refused',
  code,
  pointer,
  detail,
});

const decoder = new TextDecoder('utf-8', { fatal: true });

export function splitBody(bytes: Uint8Array): SplitBody {
  if (bytes.length > BODY_BYTES_MAX) {
    return refused('body-too-large', `has more than ${BODY_BYTES_MAX} bytes`);
  }
  const text = decode(bytes);
  if (text === undefined) return refused('malformed-json', 'is not valid UTF-8');
  const checked = checkRawText(text);
  if (checked.interactions.length > INTERACTIONS_MAX) {
    return refused('too-many-interactions', `holds more than ${INTERACTIONS_MAX} interactions`);
  }
  if (checked.isMisreadable) {
    return refused('forbidden-character', 'has a key that ends in a backslash');
  }
  return parse(text, checked);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string, checked: CheckedText): SplitBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refused('malformed-json', placeOf(error));
  }
  const values = partsOf(value, checked.shape);
  if (values === undefined) return refused('wrong-type', 'must be an array', '/interactions');
  if (values.length === 0) return refused('empty-batch', 'holds no interaction');
  if (values.length !== checked.interactions.length) {
    return refused(
      'malformed-json',
      'holds interactions that cannot be told apart',
      '/interactions',
    );
  }
  const interactions = checked.interactions.map(({ start, end, problem }, index) => ({
    value: values[index],
    raw: () => text.slice(start, end),
    ...(problem !== undefined && { problem }),
  }));
  return { kind: 'split', shape: checked.shape, interactions };
}

function partsOf(value: unknown, shape: BodyShape): readonly unknown[] | undefined {
  if (shape === 'array') return Array.isArray(value) ? value : undefined;
  const inner = isObject(value) ? value['interactions'] : undefined;
  if (shape === 'batch' || isBatchGoneWrong(value)) return Array.isArray(inner) ? inner : undefined;
  return [value];
}

/** `{interactions: 5}` is meant as a batch; an interaction never has only that. */
function isBatchGoneWrong(value: unknown): boolean {
  return isObject(value) && 'interactions' in value && !('type' in value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** V8 quotes the text around the fault; only the position is passed on. */
function placeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return `is not valid JSON at character ${position}`;
  return message.includes('end of JSON') ? 'ends too early' : 'is not valid JSON';
}
