import { describe, expect, it } from '@jest/globals';
import { HEADER, Ordinals, recordKey, TOPIC } from '#contracts';
import { bodyFormat } from './read-cloud-event.js';
import { splitBody } from './split-body.js';
import { prepareBatch } from './prepare-batch.js';
import type { PrepareContext, PreparedBatch } from './prepare-batch.js';
import { rejectionRecord } from './rejection.js';

const context: PrepareContext = {
  tenant: 'default',
  receivedAt: Date.UTC(2026, 4, 1, 10, 0, 1),
  requestId: 'request-1',
  isLive: true,
  sourceAccess: () => ({ kind: 'open', region: 'US' }),
};
const good = {
  id: 'i-1',
  source: 'shop',
  type: 'order.placed',
  channel: 'web',
  occurredAt: '2026-05-01T10:00:00.000Z',
  identifiers: [
    { type: 'anonymousId', value: 'a' },
    { type: 'email', value: 'Jane@example.com' },
  ],
  data: { orderId: '4711', value: '11.77', currency: 'USD' },
};

function prepare(body: unknown, change: Partial<PrepareContext> = {}): PreparedBatch {
  const parsed = splitBody(new TextEncoder().encode(JSON.stringify(body)));
  if (parsed.kind === 'refused') throw new Error(parsed.detail);
  return prepareBatch(parsed.interactions, { ...context, ...change });
}

const recordOf = (body: unknown, change: Partial<PrepareContext> = {}) => {
  const [accepted] = prepare(body, change).accepted;
  if (accepted === undefined) throw new Error('not accepted');
  return accepted.record;
};

describe('the accepted record', () => {
  it('is keyed by the strongest identifier, else the conversation, else the interaction', () => {
    expect(recordOf(good).key).toBe(recordKey('default', 'email:jane@example.com'));
    expect(recordOf({ ...good, identifiers: [] }).key).toBe(
      recordKey('default', 'shop', 'order:4711'),
    );
    expect(recordOf({ ...good, identifiers: [], data: {} }).key).toBe(
      recordKey('default', 'shop', 'i-1'),
    );
  });

  it('carries in its headers what identity and metrics need', () => {
    const { headers, topic, text } = recordOf(good);
    expect(topic).toBe(TOPIC.interactionAccepted.name);
    expect(headers).toMatchObject({
      [HEADER.tenant]: 'default',
      [HEADER.interactionSource]: 'shop',
      [HEADER.interactionId]: 'i-1',
      [HEADER.version]: '0',
      [HEADER.occurredAt]: '2026-05-01T10:00:00.000Z',
      [HEADER.receivedAt]: '2026-05-01T10:00:01.000Z',
      [HEADER.identifiers]: '[["anonymousId","a"],["email","jane@example.com"]]',
      [HEADER.conversation]: 'order:4711',
      [HEADER.dims]: '{"channel":"web","type":"order.placed","stage":"purchase"}',
    });
    expect(headers[HEADER.withdrawn]).toBeUndefined();
    expect(JSON.parse(text)).toMatchObject({
      tenant: 'default',
      receivedAt: '2026-05-01T10:00:01.000Z',
    });
  });

  it('marks a withdrawn version', () => {
    const { headers } = recordOf({ ...good, version: 3, withdrawn: true });
    expect(headers).toMatchObject({ [HEADER.withdrawn]: '1', [HEADER.version]: '3' });
  });

  it('has the same hash and id when it is sent again later, and another when anything differs', () => {
    const hash = (body: unknown, receivedAt = context.receivedAt) => {
      const { headers } = recordOf(body, { receivedAt });
      expect(headers[HEADER.id]).toBe(headers[HEADER.contentHash]);
      return headers[HEADER.contentHash];
    };
    expect(hash(good, context.receivedAt + 5000)).toBe(hash(good));
    for (const change of [{ id: 'i-2' }, { topic: 'x' }, { version: 1 }, { data: {} }]) {
      expect(hash({ ...good, ...change })).not.toBe(hash(good));
    }
  });
});

describe('a batch', () => {
  it('accepts and rejects one by one, each by its place', () => {
    const { accepted, rejected } = prepare([
      good,
      { ...good, channel: 'fax' },
      null,
      { ...good, id: 'i-2' },
    ]);
    expect(accepted.map(({ index, interaction }) => [index, interaction.id])).toEqual([
      [0, 'i-1'],
      [3, 'i-2'],
    ]);
    expect(rejected.map(({ index, rejection }) => [index, rejection.code])).toEqual([
      [1, 'unknown-channel'],
      [2, 'not-an-object'],
    ]);
  });

  it('keeps the raw form, the names and all findings of what it rejects', () => {
    const bad = { ...good, channel: 'fax', topic: 7 };
    const { rejected } = prepare([bad]);
    const [first] = rejected;
    expect(first?.problems.map(({ pointer }) => pointer).sort()).toEqual(['/channel', '/topic']);
    expect(first?.rejection).toMatchObject({
      tenant: 'default',
      source: 'shop',
      id: 'i-1',
      raw: JSON.stringify(bad),
    });
    const record = first && rejectionRecord(first.rejection);
    expect(record?.topic).toBe(TOPIC.interactionRejected.name);
    expect(JSON.parse(record?.text ?? '')).toEqual(JSON.parse(JSON.stringify(first?.rejection)));
  });

  it('stores of a poisoned interaction only what can be stored', () => {
    const { rejected } = prepare([{ ...good, id: 'a\0b', source: '\ud800' }]);
    const [first] = rejected;
    expect(first?.rejection).toMatchObject({
      code: 'forbidden-character',
      id: undefined,
      source: undefined,
    });
    expect(/[\0\p{Surrogate}]/u.test(JSON.stringify(first?.rejection))).toBe(false);
  });

  it('gives each rejection of a request its own id, and the same one again for the same request', () => {
    const ids = (requestId: string) =>
      prepare([null, null], { requestId }).rejected.map(({ rejection }) => rejection.rejectionId);
    expect(new Set([...ids('a'), ...ids('b')]).size).toBe(4);
    expect(ids('a')).toEqual(ids('a'));
  });

  it('counts identical records over several calls when it is told to', () => {
    const ordinals = new Ordinals();
    const anonymous = { ...good, id: undefined };
    const [first] = prepare([anonymous], { ordinals }).accepted;
    const [second] = prepare([anonymous], { ordinals }).accepted;
    expect(first?.interaction.id).not.toBe(second?.interaction.id);
  });

  it('warns of what it noticed', () => {
    const [accepted] = prepare([{ ...good, id: undefined, colour: 'red' }]).accepted;
    expect(accepted?.warnings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['derived', '/id'],
      ['unknown-field', '/colour'],
    ]);
    expect(prepare([good]).accepted[0]?.warnings).toEqual([]);
  });
});

describe('a CloudEvent', () => {
  const event = {
    specversion: '1.0',
    id: 'e-1',
    source: 'shop',
    type: 'order.placed',
    time: good.occurredAt,
  };
  const structured = { format: { kind: 'cloud-events' } as const };
  const body = { channel: good.channel, identifiers: good.identifiers, data: good.data };

  it('carries the body of an interaction', () => {
    expect(recordOf({ ...event, id: 'i-1', data: body }, structured).text).toBe(
      recordOf(good).text,
    );
  });

  it('or the data of its type, with extensions and a subject', () => {
    const { interaction } =
      prepare(
        [{ ...event, channel: 'web', subject: 'email:Jane@example.com', data: good.data }],
        structured,
      ).accepted[0] ?? {};
    expect(interaction).toMatchObject({
      id: 'e-1',
      identifiers: [{ type: 'email', value: 'jane@example.com' }],
      data: good.data,
    });
  });

  it('lets what its body says count before its attributes', () => {
    const { interaction } =
      prepare([{ ...event, type: 'com.example.event', data: good }], structured).accepted[0] ?? {};
    expect(interaction).toMatchObject({ id: 'i-1', type: 'order.placed' });
  });

  it.each([
    ['a channel in the body', { ...event, data: { ...body, channel: 'fax' } }, '/data/channel'],
    ['a channel as extension', { ...event, channel: 'fax', data: good.data }, '/channel'],
    ['the time', { ...event, time: 'now', data: body }, '/time'],
    [
      'the data of the type',
      { ...event, channel: 'web', data: { value: 'x', currency: 'USD' } },
      '/data/value',
    ],
    [
      'the data of the type in a body',
      { ...event, data: { ...body, data: { currency: 'x' } } },
      '/data/data/currency',
    ],
    ['another version', { ...event, specversion: '0.3', data: body }, '/specversion'],
    ['base64', { ...event, data_base64: 'e30=' }, '/data_base64'],
    ['data that is text', { ...event, data: 'x' }, '/data'],
    ['what is no event', 7, ''],
  ])('is refused at the place of %s', (_name, value, pointer) => {
    expect(prepare([value], structured).rejected[0]?.rejection.pointer).toBe(pointer);
  });

  it('in binary mode has its attributes in headers', () => {
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'ce-specversion': '1.0',
      'ce-id': 'i%201',
      'ce-source': 'shop',
      'ce-type': 'order.placed',
      'ce-time': good.occurredAt,
      'ce-channel': 'web',
    };
    const { interaction } = prepare(good.data, { format: bodyFormat(headers) }).accepted[0] ?? {};
    expect(interaction).toMatchObject({ id: 'i 1', channel: 'web', data: good.data });
  });

  it.each([
    ['application/json', 'native'],
    ['application/json;charset=UTF-8', 'native'],
    ['application/cloudevents+json', 'cloud-events'],
    ['application/cloudevents-batch+json; charset=utf-8', 'cloud-events'],
    ['text/plain', undefined],
    ['application/json; charset=latin1', undefined],
    [undefined, undefined],
  ])('content type %s is read as %s', (contentType, kind) => {
    expect(bodyFormat({ 'content-type': contentType })?.kind).toBe(kind);
  });
});
