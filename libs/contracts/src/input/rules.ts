/**
 * What JSON Schema cannot say, each rule once: the same `check` runs as class-validator decorator and as ajv keyword, and
 * the same row gives error code, sentence and published schema. A rule sees its value and the object around it.
 */
import { ValidateBy } from 'class-validator';
import { isInstant } from '../instant.js';
import { interactionType } from '../interaction-types.js';
import { parseMoney } from '../money.js';
import { isScoreInScale } from '../survey-scale.js';
import type { ErrorCode } from '../errors.js';

export type RuleName =
  'x-instant' | 'x-money' | 'x-money-with-currency' | 'x-interaction-type' | 'x-in-scale';

type RuledType = 'string' | 'number';

export interface Rule {
  readonly code: ErrorCode;
  /** What is allowed, in words; never repeats the value. */
  readonly sentence: string;
  /** Published beside the rule's name. `type` refuses other types before `check` runs. */
  readonly schema: {
    readonly type: RuledType | readonly RuledType[];
    readonly format?: string;
  };
  readonly check: (value: unknown, around: Readonly<Record<string, unknown>>) => boolean;
}

const MONEY_SENTENCE = 'must be a decimal string or a number with at most 4 decimals';

export const RULES: Readonly<Record<RuleName, Rule>> = {
  'x-instant': {
    code: 'invalid-instant',
    sentence: 'must be an RFC 3339 instant with a zone, such as 2026-05-01T10:00:00.000Z',
    schema: { type: 'string', format: 'date-time' },
    check: isInstant,
  },
  'x-money': {
    code: 'invalid-money',
    sentence: MONEY_SENTENCE,
    schema: { type: ['string', 'number'] },
    check: (value) => parseMoney(value) !== undefined,
  },
  'x-money-with-currency': {
    code: 'invalid-money',
    sentence: `${MONEY_SENTENCE}, with \`currency\` beside it`,
    schema: { type: ['string', 'number'] },
    check: (value, around) =>
      parseMoney(value) !== undefined && typeof around['currency'] === 'string',
  },
  'x-interaction-type': {
    code: 'unknown-type',
    sentence: "must be a type of the contract, or a custom one such as 'x-warranty.registered'",
    schema: { type: 'string' },
    check: (value) => typeof value === 'string' && interactionType(value) !== undefined,
  },
  'x-in-scale': {
    code: 'invalid-value',
    sentence: 'must lie on the scale (nps 0–10, csat 1–5, ces 1–7, or scaleMin to scaleMax)',
    schema: { type: 'number' },
    check: isScoreInScale,
  },
};

export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];

export function Ruled(name: RuleName): PropertyDecorator {
  const rule = RULES[name];
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) => rule.check(value, { ...args?.object }),
      defaultMessage: () => rule.sentence,
    },
  });
}

/** Text of `min` to `max` Unicode characters: validator.js counts variation selectors differently from JSON Schema. */
export function Text(max: number, min = 0): PropertyDecorator {
  return ValidateBy({
    name: 'text',
    constraints: [min, max],
    validator: { validate: (value) => typeof value === 'string' && isWithin(value, min, max) },
  });
}

function isWithin(text: string, min: number, max: number): boolean {
  if (text.length <= max && text.length >= min * 2) return true;
  const length = [...text].length;
  return length >= min && length <= max;
}
