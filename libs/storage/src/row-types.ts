import { types } from 'pg';
import { Fault } from '#kernel';

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;

type Parse = (value: string) => unknown;

/** What `pg` asks for the parser of a column; the fallback is pg's own table (numeric stays text). */
export interface RowTypes {
  getTypeParser(oid: number, format?: string): Parse;
}

/**
 * int8 becomes a number, and a Fault when it cannot be one exactly: counters and revisions stay below 2^53 by design.
 * `date` stays text: pg would make it an instant at local midnight.
 */
export const rowTypes: RowTypes = {
  getTypeParser(oid, format) {
    if (format !== 'binary') {
      if (oid === INT8) return safeInteger;
      if (oid === INT8_ARRAY) return safeIntegers;
      if (oid === DATE) return (value) => value;
    }
    return types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text') as Parse;
  },
};

function safeInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Fault('internal', `int8 ${value} is beyond 2^53`);
  return number;
}

const textArray = types.getTypeParser(INT8_ARRAY as number, 'text') as (
  value: string,
) => (string | null)[];

function safeIntegers(value: string): unknown {
  return textArray(value).map((item) => (item === null ? null : safeInteger(item)));
}
