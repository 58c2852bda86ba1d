/** Field decorators made of several: each is one line of the contract. */
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsNumber,
  IsOptional,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { Ruled, Text } from './rules.js';

const all = (...decorators: PropertyDecorator[]): PropertyDecorator => {
  return (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };
};

/** Spans and counts; 10^10 ms (115 days) is the last bin of the histogram. */
export const SPAN_MS_MAX = 10_000_000_000;
export const ITEMS_MAX = 200;

export const OptionalText = (max: number): PropertyDecorator => all(IsOptional(), Text(max));
export const OptionalInstant = (): PropertyDecorator => all(IsOptional(), Ruled('x-instant'));
export const OptionalMoney = (): PropertyDecorator => all(IsOptional(), Ruled('x-money'));
export const OptionalAmount = (): PropertyDecorator =>
  all(IsOptional(), Ruled('x-money-with-currency'));
export const OptionalWhole = (max: number): PropertyDecorator =>
  all(
    IsOptional(),
    // IsInt beside Min derives the schema type `number`.
    ValidateBy({
      name: 'whole',
      constraints: [max],
      validator: {
        validate: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max,
      },
    }),
  );
export const OptionalSpanMs = (): PropertyDecorator => OptionalWhole(SPAN_MS_MAX);
export const OptionalNumber = (min: number, max: number): PropertyDecorator =>
  all(IsOptional(), IsNumber(), Min(min), Max(max));

/** ISO 4217. */
export const OptionalCurrency = (): PropertyDecorator =>
  all(
    IsOptional(),
    ValidateBy({
      name: 'currency',
      validator: { validate: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value) },
    }),
  );

/** A list of at most `max` objects of one class. */
export function OptionalList(element: new () => object, max: number): PropertyDecorator {
  return all(
    IsOptional(),
    IsArray(),
    ArrayMaxSize(max),
    // ValidateNested lets null elements pass.
    ValidateBy({
      name: 'objects',
      constraints: [element.name],
      validator: { validate: (value) => Array.isArray(value) && value.every(isObject) },
    }),
    ValidateNested({ each: true }),
    Type(() => element),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
