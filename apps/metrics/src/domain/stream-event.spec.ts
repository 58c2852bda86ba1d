import { describe, expect, it } from '@jest/globals';
import { ghostOf, HEADER, recordKey, TOPIC } from '#contracts';
import { eventJson, streamEvent, tenantOf, type StreamedRecord } from './stream-event.js';

const SECRET = 'secret';

function recordOf(
  topic: string,
  { key = recordKey('t', 'k'), headers = {}, value = {} as unknown } = {},
): StreamedRecord {
  return {
    topic,
    partition: 1,
    offset: 2,
    appendedAt: 0,
    key,
    headers: { [HEADER.tenant]: 't', [HEADER.revision]: '3', ...headers },
    value:
      value === null
        ? null
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  };
}

const told = (record: StreamedRecord, isWithheld = false) => {
  const event = streamEvent(record, { secret: SECRET, isWithheld });
  return event && (JSON.parse(eventJson(event)) as Record<string, unknown>);
};

describe('an event of the stream', () => {
  it('is whose header and key say; when they differ it is nobody’s', () => {
    expect(tenantOf(recordOf(TOPIC.kpiUpdated.name))).toBe('t');
    const forged = { [HEADER.tenant]: 'other' };
    expect(tenantOf(recordOf(TOPIC.kpiUpdated.name, { headers: forged }))).toBeUndefined();
  });

  it('keeps the digits of a value as they came, on one line', () => {
    const event = streamEvent(
      recordOf(TOPIC.kpiUpdated.name, { value: '{"a": 1.10,\n"b": "x\\ny"}' }),
      {
        secret: SECRET,
      },
    );
    expect(event?.payload).toBe('{"a": 1.10, "b": "x\\ny"}');
    expect(event && eventJson(event).split('\n')).toHaveLength(1);
  });

  it('shows no internal key and no ghost, and one subject for a profile and its tombstone', () => {
    const topic = TOPIC.profileChanged.name;
    const key = recordKey('t', '4711');
    const identifiers = [
      { type: 'email', value: 'a@example.com' },
      ghostOf('erasure', { type: 'email', name: 'n' }),
    ];
    const changed = told(
      recordOf(topic, { key, value: { profileKey: '4711', profileId: 'p', identifiers } }),
    );
    const gone = told(recordOf(topic, { key, value: null }));
    expect(JSON.stringify([changed, gone])).not.toMatch(/4711|erased/u);
    expect(changed).toMatchObject({ profileId: 'p', payload: { identifiers: [identifiers[0]] } });
    expect(gone).toMatchObject({ deleted: true, payload: null, subject: changed?.['subject'] });
  });

  it('tells of a refiled interaction that it was, without the ghosts', () => {
    const headers = {
      [HEADER.refiled]: '7',
      [HEADER.interactionSource]: 'shop',
      [HEADER.interactionId]: 'i',
      [HEADER.profileId]: 'p',
    };
    expect(
      told(recordOf(TOPIC.interactionIdentified.name, { headers, value: { ghosts: { a: 'b' } } })),
    ).toMatchObject({ refiled: true, subject: 'shop/i', profileId: 'p', payload: null });
  });

  it('is nothing where the record cannot be read, or is of no public topic', () => {
    expect(told(recordOf(TOPIC.kpiUpdated.name, { value: '{' }))).toBeUndefined();
    expect(told(recordOf(TOPIC.tenantChanged.name))).toBeUndefined();
  });
});
