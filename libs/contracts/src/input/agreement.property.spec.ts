import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { ValidationError } from 'class-validator';
import fc from 'fast-check';
import { CHANNELS, DIRECTIONS, STAGES } from '../interaction.js';
import { INTERACTION_TYPES } from '../interaction-types.js';
import { DATA_CLASSES } from './data-of-type.js';
import { InteractionInput } from './interaction-input.js';
import { DATA_SCHEMAS } from './json-schema.js';
import { validateInput } from './validate-input.js';

/** The classes themselves, by class-validator: slow, and the meaning of the contract. */
function faultyPlaces(value: Readonly<Record<string, unknown>>): string[] {
  const places = placesOf(check(InteractionInput, value), '');
  const target = typeof value['type'] === 'string' ? DATA_CLASSES.get(value['type']) : undefined;
  const data = value['data'] ?? {};
  const hasData = target !== undefined && typeof data === 'object' && !Array.isArray(data);
  return sorted(hasData ? [...places, ...placesOf(check(target, data), '/data')] : places);
}

/** An element that is no object: class-validator faults the list, ajv the element. */
const ELEMENT = /^((?:\/data)?\/(?:identifiers|items))\/\d+$/;

const sorted = (places: readonly string[]): string[] =>
  [...new Set(places.map((place) => place.replace(ELEMENT, '$1')))].sort();

const check = (target: new () => object, value: object): ValidationError[] =>
  validateSync(plainToInstance(target, value), { forbidUnknownValues: false });

/** Below an object where a list is wanted class-validator looks on, ajv does not: the fault is the same one. */
function placesOf(errors: readonly ValidationError[], base: string): string[] {
  return errors.flatMap(({ property, constraints, children = [], value }) => {
    const place = `${base}/${property}`;
    if (constraints === undefined) return placesOf(children, place);
    return Array.isArray(value) ? [place, ...placesOf(children, place)] : [place];
  });
}

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    ' ',
    0,
    -1,
    1.5,
    1e21,
    11,
    [],
    {},
    [null],
    [{}],
    [1],
    ['x'],
  ),
  fc.constantFrom(
    'nps',
    '1.00001',
    '11.77',
    '-3',
    '1e5',
    'USD',
    'x-a',
    'page.viewed',
    '2026-05-01T10:00:00Z',
  ),
  fc.constantFrom(
    '2026-02-29T00:00:00Z',
    '2024-02-29T00:00:00+01:00',
    '2026-05-01',
    '2026-05-01T24:00:00Z',
  ),
  fc.string({ unit: 'binary', maxLength: 210 }),
  fc
    .constantFrom(100, 101, 190, 200, 201, 500, 501)
    .map((length) => '\u{1f600}\ufe0f'.repeat(length).slice(0, length * 2)),
  fc.constantFrom(100, 101, 200, 201, 2000, 2001, 20_001).map((length) => 'x'.repeat(length)),
  fc.double(),
  fc.integer(),
);

const money = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
  fc.constantFrom(
    '0',
    '11.77',
    '1.0001',
    '1.00001',
    '900719925474.0991',
    '900719925474.0992',
    'many',
  ),
);
const instant = fc
  .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
  .map((date) => date.toISOString());
const identifier = fc.record({
  type: fc.constantFrom('email', 'userId', 'social:x', '9'),
  value: fc.string({ maxLength: 20 }),
});
const item = fc.record(
  { product: fc.string({ maxLength: 9 }), quantity: fc.nat(9), price: money },
  { requiredKeys: [] },
);

/** A likely value for a member, by its name; so that most of what is generated is valid. */
const likely: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  value: money,
  margin: money,
  currency: fc.constantFrom('USD', 'EUR'),
  items: fc.array(item, { maxLength: 3 }),
  instrument: fc.constantFrom('nps', 'csat', 'ces'),
  score: fc.integer({ min: 0, max: 11 }),
  scaleMin: fc.constantFrom(0, 1),
  scaleMax: fc.constantFrom(0, 5, 10),
  polarity: fc.constantFrom('positive', 'negative'),
  dueAt: instant,
  validUntil: instant,
  granted: fc.boolean(),
  escalated: fc.boolean(),
  traits: fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()),
  author: fc.constantFrom('customer', 'agent', 'bot'),
  sentiment: fc.constantFrom('positive', 'neutral'),
};
const names = ['Ms', 'rating', 'reach', 'quantity'];
const memberOf = (name: string): fc.Arbitrary<unknown> =>
  likely[name] ??
  (names.some((end) => name.endsWith(end)) ? fc.nat(100) : fc.string({ maxLength: 30 }));

const types = Object.keys(INTERACTION_TYPES);
const dataOf = (type: string): fc.Arbitrary<Record<string, unknown>> => {
  const members = Object.keys(DATA_SCHEMAS.get(type)?.properties ?? {});
  const arbitraries = members.map((name) => [
    name,
    fc.oneof({ weight: 9, arbitrary: memberOf(name) }, hostile),
  ]);
  return fc.record(Object.fromEntries(arbitraries), { requiredKeys: [] });
};

const envelope: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.string({ maxLength: 20 }),
  source: fc.constant('shop'),
  channel: fc.constantFrom(...CHANNELS),
  occurredAt: instant,
  sentAt: instant,
  identifiers: fc.array(identifier, { maxLength: 3 }),
  conversation: fc.string({ maxLength: 20 }),
  direction: fc.constantFrom(...DIRECTIONS),
  stage: fc.constantFrom(...STAGES),
  topic: fc.string({ unit: 'grapheme', maxLength: 20 }),
  store: fc.string({ maxLength: 20 }),
  version: fc.nat(),
  withdrawn: fc.boolean(),
};
const members = Object.fromEntries(
  Object.entries(envelope).map(([name, arbitrary]) => [
    name,
    fc.oneof({ weight: 40, arbitrary }, hostile),
  ]),
);

const mostly = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary }, hostile);

const posted = fc.constantFrom(...types, 'x-custom', 'no.type').chain((type) => {
  const model: Record<string, fc.Arbitrary<unknown>> = {
    ...members,
    type: mostly(fc.constant(type)),
    data: mostly(dataOf(type)),
  };
  return fc.record(model, { requiredKeys: ['type', 'source', 'channel', 'occurredAt'] });
});

describe('the compiled validators mean what the classes mean', () => {
  it('finds the same faulty places in good and broken input', () => {
    const verdicts = { good: 0, broken: 0 };
    fc.assert(
      fc.property(posted, (value) => {
        const found = sorted(validateInput(value).map(({ pointer }) => pointer));
        expect(found).toEqual(faultyPlaces(value));
        verdicts[found.length === 0 ? 'good' : 'broken'] += 1;
      }),
      {
        numRuns: 2000,
        examples: [
          [
            {
              source: 'shop',
              channel: 'web',
              occurredAt: '1970-01-01T00:00:00.000Z',
              identifiers: {},
              type: 'sms.bounced',
            },
          ],
        ],
      },
    );
    // Both kinds were really met.
    expect(verdicts.good).toBeGreaterThan(200);
    expect(verdicts.broken).toBeGreaterThan(200);
  }, 60_000);

  it('misses the same required member', () => {
    for (const name of ['source', 'type', 'channel', 'occurredAt']) {
      const value = {
        source: 's',
        type: 'page.viewed',
        channel: 'web',
        occurredAt: '2026-05-01T10:00:00Z',
        [name]: undefined,
      };
      expect(validateInput(value).map(({ code, pointer }) => [code, pointer])).toEqual([
        ['missing-field', `/${name}`],
      ]);
      expect(faultyPlaces(value)).toEqual([`/${name}`]);
    }
  });
});
