/** JSON Schemas derived from the input classes: what ajv compiles and docs/generated shows. */
import { ValidationTypes } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { LineItem } from './data.js';
import { DATA_CLASSES } from './data-of-type.js';
import type { DataClass } from './data-of-type.js';
import { IdentifierInput, InteractionInput } from './interaction-input.js';
import { RULE_NAMES, RULES } from './rules.js';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

interface ConverterInput {
  readonly constraints?: readonly unknown[];
}

const ruleConverters = Object.fromEntries(
  RULE_NAMES.map((name) => [name, () => ({ ...RULES[name].schema, [name]: true })]),
);

const converters = {
  ...ruleConverters,
  text: ({ constraints = [] }: ConverterInput) => ({
    type: 'string',
    maxLength: constraints[1],
    ...(constraints[0] !== 0 && { minLength: constraints[0] }),
  }),
  whole: ({ constraints = [] }: ConverterInput) => ({
    type: 'integer',
    minimum: 0,
    maximum: constraints[0],
  }),
  currency: () => ({ type: 'string', pattern: '^[A-Z]{3}$' }),
  // The element's class is named by the list rule; what ValidateNested alone knows is `Array`.
  objects: ({ constraints = [] }: ConverterInput) => ({
    type: 'array',
    items: { $ref: constraints[0] },
  }),
  [ValidationTypes.NESTED_VALIDATION]: () => ({}),
};

function schemaOf(target: DataClass): JsonSchema {
  const schema = targetConstructorToSchema(target, {
    additionalConverters: converters as never,
  }) as JsonSchema;
  return withNulls(withTypes(schema));
}

/** `enum` alone says nothing about the type: name it, so that a number is a wrong type and not a wrong value. */
function withTypes(schema: JsonSchema): JsonSchema {
  return mapProperties(schema, (property) =>
    property.enum !== undefined && property.type === undefined
      ? { ...property, type: 'string' }
      : property,
  );
}

/** `@IsOptional` lets null pass; JSON Schema has to be told. */
function withNulls(schema: JsonSchema): JsonSchema {
  const required = new Set(schema.required);
  return mapProperties(schema, (property, name) => {
    if (required.has(name) || property.type === undefined) return property;
    return {
      ...property,
      type: [...[property.type].flat(), 'null'],
      ...(property.enum !== undefined && { enum: [...property.enum, null] }),
    };
  });
}

function mapProperties(
  schema: JsonSchema,
  change: (property: JsonSchema, name: string) => JsonSchema,
): JsonSchema {
  const properties = Object.entries(schema.properties ?? {});
  return {
    ...schema,
    properties: Object.fromEntries(
      properties.map(([name, property]) => [name, change(property, name)]),
    ),
  };
}

/** Schemas that others refer to by name. */
export const SHARED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  IdentifierInput: schemaOf(IdentifierInput),
  LineItem: schemaOf(LineItem),
};

/** The members of an interaction; `data` is checked by {@link DATA_SCHEMAS}. */
export const INTERACTION_SCHEMA: JsonSchema = schemaOf(InteractionInput);

const byClass = new Map(
  [...new Set(DATA_CLASSES.values())].map((target) => [target, schemaOf(target)]),
);

/** Type → schema of its `data`. Types that share a class share the object. */
export const DATA_SCHEMAS: ReadonlyMap<string, JsonSchema> = new Map(
  [...DATA_CLASSES].map(([type, target]) => [type, byClass.get(target) ?? {}]),
);
