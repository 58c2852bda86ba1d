import { describe, expect, it } from '@jest/globals';
import { HEADER, recordKey, TOPIC } from '#contracts';
import { screened, type Erased } from './stream-erasure.js';
import type { StreamedRecord } from './stream-event.js';

const ERASED_AT = Date.parse('2026-05-04T10:00:00.000Z');
const GONE = { type: 'email', value: 'gone@example.com' };

/** Interaction `shop/gone`, the identifier and the profile named after it are erased. */
const erased: Erased = {
  interaction: ({ source, id }) => (source === 'shop' && id === 'gone' ? 'erasure-1' : undefined),
  identifier: ({ value }) => (value === GONE.value ? ERASED_AT : undefined),
  profileId: (profileId) => (profileId === 'gone' ? ERASED_AT : undefined),
};

function recordOf(
  topic: string,
  value: unknown,
  { headers = {}, appendedAt = ERASED_AT - 1 }: Partial<StreamedRecord> = {},
): StreamedRecord {
  const bytes = value === null ? null : Buffer.from(JSON.stringify(value));
  return {
    topic,
    partition: 0,
    offset: 0,
    appendedAt,
    key: recordKey('t', 'k'),
    headers,
    value: bytes,
  };
}

const interaction = (id: string, receivedAt: string, value: unknown = {}) =>
  recordOf(TOPIC.interactionIdentified.name, value, {
    headers: {
      [HEADER.interactionSource]: 'shop',
      [HEADER.interactionId]: id,
      [HEADER.receivedAt]: receivedAt,
      [HEADER.identifiers]: JSON.stringify([[GONE.type, GONE.value]]),
    },
  });

describe('an old record, after an erasure', () => {
  it('of an erased interaction is not told, its tombstone is', () => {
    const receivedAt = '2026-05-04T09:00:00.000Z';
    expect(screened(interaction('gone', receivedAt), erased)).toBeUndefined();
    expect(screened(interaction('gone', receivedAt, null), erased)).toMatchObject({
      isWithheld: false,
    });
  });

  it('of somebody else with an erased identifier is told without its value; a later one with', () => {
    expect(screened(interaction('other', '2026-05-04T09:00:00.000Z'), erased)).toMatchObject({
      isWithheld: true,
    });
    expect(screened(interaction('other', '2026-05-04T10:00:00.001Z'), erased)).toMatchObject({
      isWithheld: false,
    });
  });

  it('of a profile or a fact that speaks of the erased is not told; of the same, begun anew, it is', () => {
    const topic = TOPIC.profileChanged.name;
    const anew = { appendedAt: ERASED_AT + 60_001 };
    for (const body of [
      { identifiers: [GONE] },
      { profileId: 'gone' },
      { profileId: 'p', formerIds: ['gone'] },
    ]) {
      expect(screened(recordOf(topic, body), erased)).toBeUndefined();
      expect(screened(recordOf(topic, body, anew), erased)).toBeDefined();
    }
    const named = { source: 'shop', id: 'gone' };
    const trait = { traits: { name: { value: 'Jane', ...named } } };
    const fact = { profileId: 'p', interactions: { first: [named], last: [] } };
    expect(screened(recordOf(topic, trait, anew), erased)).toBeUndefined();
    expect(screened(recordOf(TOPIC.journeyOrder.name, fact, anew), erased)).toBeUndefined();
    const other = {
      profileId: 'p',
      interactions: { first: [{ ...named, id: 'other' }], last: [] },
    };
    expect(screened(recordOf(TOPIC.journeyOrder.name, other), erased)).toBeDefined();
  });

  it('names the erasure where its reasons named an interaction', () => {
    const headers = { [HEADER.causeRef]: 'shop/gone' };
    const causes = [
      { cause: 'late', ref: 'shop/gone', count: 1 },
      { cause: 'late', ref: 'shop/other', count: 1 },
      { cause: 'deadline', ref: null, count: 2 },
    ];
    const told = screened(recordOf(TOPIC.kpiCorrected.name, { causes }, { headers }), erased);
    expect(told?.record.headers[HEADER.causeRef]).toBe('erasure-1');
    expect(JSON.parse(told?.record.value?.toString('utf8') ?? '')).toEqual({
      causes: [{ cause: 'late', ref: 'erasure-1', count: 1 }, ...causes.slice(1)],
    });
  });
});
