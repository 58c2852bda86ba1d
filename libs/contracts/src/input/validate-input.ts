/**
 * The compiled validators (ajv, once at start; about 1 µs an interaction) and the translation of their findings into the
 * closed list of codes. Findings name the place and what is allowed, never the value: it may be personal.
 */
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { ErrorCode } from '../errors.js';
import { DATA_SCHEMAS, INTERACTION_SCHEMA, SHARED_SCHEMAS } from './json-schema.js';
import type { JsonSchema } from './json-schema.js';
import { RULE_NAMES, RULES } from './rules.js';
import type { RuleName } from './rules.js';

export interface InputProblem {
  readonly code: ErrorCode;
  /** JSON pointer inside the interaction; '' is the interaction itself. */
  readonly pointer: string;
  readonly detail: string;
}

/** More are of no use to anybody. */
export const PROBLEMS_MAX = 20;

const ajv = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  validateFormats: false,
});
for (const name of RULE_NAMES) {
  const { check, schema } = RULES[name];
  const types = [schema.type].flat();
  ajv.addKeyword({
    keyword: name,
    errors: false,
    // Another type is the finding of the `type` keyword, and so is null where it is not allowed.
    validate: (_on: unknown, value: unknown, _schema: unknown, place?: { parentData: unknown }) =>
      !types.some((type) => type === typeof value) ||
      check(value, (place?.parentData ?? {}) as Record<string, unknown>),
  });
}
for (const [name, schema] of Object.entries(SHARED_SCHEMAS)) ajv.addSchema(schema, name);

const envelope = ajv.compile(INTERACTION_SCHEMA);
const compiled = new Map<JsonSchema, ValidateFunction>();
const dataValidators: ReadonlyMap<string, ValidateFunction> = new Map(
  [...DATA_SCHEMAS].map(([type, schema]) => {
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    return [type, validate];
  }),
);

const NONE: readonly InputProblem[] = [];

/** Everything that is wrong with a posted interaction, the members of the envelope first; empty = valid. */
export function validateInput(value: unknown): readonly InputProblem[] {
  const isEnvelopeGood = envelope(value);
  const problems = isEnvelopeGood ? NONE : problemsOf(envelope.errors, '');
  return problems.length < PROBLEMS_MAX ? withData(value, problems) : problems;
}

function withData(value: unknown, problems: readonly InputProblem[]): readonly InputProblem[] {
  if (typeof value !== 'object' || value === null) return problems;
  const { type, data } = value as { readonly type?: unknown; readonly data?: unknown };
  const validate = typeof type === 'string' ? dataValidators.get(type) : undefined;
  if (validate === undefined) return problems;
  // No data at all is data without members: a type that needs one says which.
  const object = data ?? {};
  if (typeof object !== 'object' || Array.isArray(object) || validate(object)) return problems;
  return [...problems, ...problemsOf(validate.errors, '/data')].slice(0, PROBLEMS_MAX);
}

function problemsOf(errors: ErrorObject[] | null | undefined, base: string): InputProblem[] {
  return (errors ?? []).slice(0, PROBLEMS_MAX).map((error) => problemOf(error, base));
}

function problemOf(error: ErrorObject, base: string): InputProblem {
  const pointer = `${base}${error.instancePath}`;
  const rule = RULES[error.keyword as RuleName] as (typeof RULES)[RuleName] | undefined;
  if (rule !== undefined) return { code: rule.code, pointer, detail: rule.sentence };
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'required':
      return missing(pointer, String(params['missingProperty']));
    case 'type':
      return wrongType(pointer, params['type']);
    case 'enum':
      return notListed(pointer, params['allowedValues']);
    case 'maxLength':
      return {
        code: 'too-long',
        pointer,
        detail: `must have at most ${params['limit']} characters`,
      };
    case 'maxItems':
      return tooMany(pointer, params['limit']);
    default:
      return { code: 'invalid-value', pointer, detail: error.message ?? 'is not allowed' };
  }
}

function missing(pointer: string, member: string): InputProblem {
  return { code: 'missing-field', pointer: `${pointer}/${member}`, detail: 'is required' };
}

function wrongType(pointer: string, type: unknown): InputProblem {
  const names = [type].flat().filter((name) => name !== 'null');
  const detail = `must be ${names.join(' or ')}`;
  return { code: pointer === '' ? 'not-an-object' : 'wrong-type', pointer, detail };
}

function notListed(pointer: string, allowed: unknown): InputProblem {
  const names = [allowed].flat().filter((value) => value !== null);
  const code = pointer === '/channel' ? 'unknown-channel' : 'invalid-value';
  return { code, pointer, detail: `must be one of ${names.join(', ')}` };
}

function tooMany(pointer: string, limit: unknown): InputProblem {
  const code = pointer === '/identifiers' ? 'too-many-identifiers' : 'too-long';
  return { code, pointer, detail: `must have at most ${limit} elements` };
}
