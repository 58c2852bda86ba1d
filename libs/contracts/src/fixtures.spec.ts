import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CAUSES, FACT_DIMENSIONS, FACT_KINDS } from './fact.js';
import { validateInput } from './input/validate-input.js';
import { INTERACTION_TYPES, TYPE_GROUPS, interactionType } from './interaction-types.js';
import { isOptionalMember, PAYLOAD_MEMBERS } from './payload-members.js';
import { HEADER } from './record-headers.js';
import { TOPIC, TOPICS } from './topics.js';

/** Version 1 as it was published. These files are never edited: a change that cannot read them is version 2. */
interface FrozenRecord {
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, unknown>>;
}
type Frozen<Value> = Readonly<Record<string, Value>>;
const read = <Value>(name: string): [string, Value][] =>
  Object.entries(
    JSON.parse(readFileSync(`libs/contracts/fixtures/v1/${name}`, 'utf8')) as Frozen<Value>,
  );

const posted = read<{ readonly type: string }>('posted.json');
const accepted = read<FrozenRecord>('accepted.json');
const payloads = read<FrozenRecord>('payloads.json');
const headerNames: ReadonlySet<string> = new Set(Object.values(HEADER));

/** Every member is one that is read today, and none that is needed today is missing. */
function expectReadable(topic: string, value: Readonly<Record<string, unknown>>): void {
  const members = PAYLOAD_MEMBERS[topic] ?? {};
  expect(Object.keys(value).filter((name) => !(name in members))).toEqual([]);
  const needed = Object.keys(members).filter((name) => !isOptionalMember(members[name] ?? ''));
  expect(needed.filter((name) => !(name in value))).toEqual([]);
}

describe('version 1 of the contract', () => {
  it.each(posted)('still accepts %s as it was posted', (_name, value) => {
    expect(validateInput(value)).toEqual([]);
  });

  it('is frozen for every group of types', () => {
    const groups = new Set(posted.map(([, { type }]) => interactionType(type)?.group));
    expect([...groups].sort()).toEqual([...TYPE_GROUPS].sort());
  });

  it.each(accepted)('still reads the accepted record of %s', (_name, { headers = {}, value }) => {
    expect(Object.keys(headers).filter((name) => !headerNames.has(name))).toEqual([]);
    expectReadable(TOPIC.interactionAccepted.name, value);
    expect(interactionType(String(value['type']))).toBeDefined();
    expect(JSON.parse(headers[HEADER.identifiers] ?? '')).toEqual(
      (value['identifiers'] as { type: string; value: string }[]).map((one) => [
        one.type,
        one.value,
      ]),
    );
  });

  it.each(payloads)('still reads the payload of %s', (topic, { headers = {}, value }) => {
    expect(TOPICS.map(({ name }) => name)).toContain(topic);
    expect(Object.keys(headers).filter((name) => !headerNames.has(name))).toEqual([]);
    expectReadable(topic, value);
  });

  it.each(payloads.filter(([topic]) => topic.includes('.journey.')))(
    'still knows the words of %s',
    (_topic, { value }) => {
      expect(FACT_KINDS).toContain(value['kind']);
      const dims = Object.keys(value['dims'] as object);
      expect(FACT_DIMENSIONS).toEqual(expect.arrayContaining(dims));
      expect(Object.values(value['measures'] as object).every(Number.isSafeInteger)).toBe(true);
    },
  );

  it('keeps its words', () => {
    expect(CAUSES).toEqual(
      expect.arrayContaining([
        'new',
        'late',
        'merge',
        'unmerge',
        'update',
        'withdrawal',
        'deadline',
        'erasure',
        'rules',
      ]),
    );
    expect(Object.keys(INTERACTION_TYPES)).toEqual(
      expect.arrayContaining(
        posted.map(([, { type }]) => type).filter((type) => !type.startsWith('x-')),
      ),
    );
  });
});
