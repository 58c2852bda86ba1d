import { describe, expect, it } from '@jest/globals';
import { Ordinals, type Interaction, type InteractionInput } from '#contracts';
import { normaliseInteraction } from './normalise-interaction.js';
import { restoreRaw } from './raw-difference.js';

const RECEIVED = Date.UTC(2026, 4, 1, 10, 0, 1);
const base: InteractionInput = {
  id: 'i-1',
  source: 'shop',
  type: 'page.viewed',
  channel: 'web',
  occurredAt: '2026-05-01T10:00:00.000Z',
};

function normalise(
  change: Partial<Record<keyof InteractionInput, unknown>>,
  ordinals = new Ordinals(),
): Interaction {
  const context = { tenant: 'default', region: 'US', receivedAt: RECEIVED, isLive: true, ordinals };
  const outcome = normaliseInteraction({ ...base, ...change } as InteractionInput, context);
  if (outcome.kind === 'refused') throw new Error(outcome.problem.code);
  return outcome.interaction;
}

describe('an interaction that says nothing special', () => {
  it('gets its stage from the type and defaults for the rest', () => {
    expect(JSON.parse(JSON.stringify(normalise({})))).toEqual({
      tenant: 'default',
      source: 'shop',
      id: 'i-1',
      type: 'page.viewed',
      channel: 'web',
      occurredAt: '2026-05-01T10:00:00.000Z',
      receivedAt: '2026-05-01T10:00:01.000Z',
      identifiers: [],
      stage: 'discovery',
      data: {},
      version: 0,
      original: { '+': ['stage'] },
    });
  });

  it('keeps a stage of its own', () => {
    expect(normalise({ stage: 'use' })).toMatchObject({ stage: 'use', original: undefined });
  });
});

describe('the conversation', () => {
  it.each([
    [{ orderId: '4711' }, 'order:4711'],
    [{ caseId: 'c-1', orderId: '4711' }, 'case:c-1'],
    [{ receiptId: ' r ' }, 'receipt:r'],
    [{ promiseId: 'p' }, 'promise:p'],
    [{ about: 'call-17', orderId: '4711' }, 'call-17'],
    [{ about: '', caseId: 'null', orderId: '4711' }, 'order:4711'],
    [{ orderId: 4711 }, undefined],
    [{ orderId: 'x'.repeat(3000) }, undefined],
  ])('is taken from the references %j', (data, conversation) => {
    expect(normalise({ type: 'x-anything', data }).conversation).toBe(conversation);
  });

  it('is its own when it has one', () => {
    const interaction = normalise({ conversation: ' call-1 ', data: { orderId: '4711' } });
    expect(interaction).toMatchObject({
      conversation: 'call-1',
      original: { '/conversation': ' call-1 ' },
    });
  });

  it.each([
    'null',
    'N/A',
    '"undefined"',
    '0',
    '00000000-0000-0000-0000-000000000000',
    '---',
    '[object Object]',
  ])('is no placeholder: %s would tie strangers together', (conversation) => {
    const interaction = normalise({ conversation });
    expect(interaction.conversation).toBeUndefined();
    expect(interaction.flags).toEqual(['blocked-conversation']);
    expect(restoreRaw(interaction)).toMatchObject({ conversation });
  });

  it('falls back from a placeholder to a reference', () => {
    const interaction = normalise({ conversation: 'none', data: { orderId: '4711' } });
    expect(interaction).toMatchObject({
      conversation: 'order:4711',
      flags: ['blocked-conversation'],
    });
    expect(restoreRaw(interaction)).toEqual({
      ...base,
      conversation: 'none',
      data: { orderId: '4711' },
    });
  });
});

describe('a missing id', () => {
  it('is derived from the content, whatever the order of members and the time of sending', () => {
    const one = normalise({ id: undefined, topic: 'a', sentAt: '2026-05-01T10:00:00Z' });
    const again = normalise({ topic: 'a', id: undefined, sentAt: '2026-05-01T10:00:01Z' });
    const other = normalise({ id: undefined, topic: 'b' });
    expect(one.flags).toEqual(['derived']);
    expect(again.id).toBe(one.id);
    expect(other.id).not.toBe(one.id);
    expect(one.id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('tells identical records of one request apart by their ordinal', () => {
    const first = new Ordinals();
    const ids = [0, 1, 2].map(() => normalise({ id: undefined }, first).id);
    const second = new Ordinals();
    const again = [0, 1, 2].map(() => normalise({ id: undefined }, second).id);
    expect(new Set(ids).size).toBe(3);
    expect(again).toEqual(ids);
  });

  it.each([null, '', '   '])('is also %j', (id) => {
    const interaction = normalise({ id });
    expect(interaction.flags).toEqual(['derived']);
    expect(restoreRaw(interaction)).toEqual({ ...base, id });
  });
});

describe('what was posted', () => {
  it('is kept where it was changed or dropped', () => {
    const posted = {
      ...base,
      source: ' shop',
      occurredAt: '2026-05-01T12:00:00+02:00',
      topic: '',
      agent: null,
      version: 0,
      withdrawn: false,
      identifiers: [
        { type: 'email', value: 'A@b.example' },
        { type: 'phone', value: '?' },
      ],
      data: {},
      'a/b~c': { deep: [1] },
      ['__proto__']: 1,
    };
    const interaction = normalise(posted);
    expect(interaction.original).toMatchObject({ '/source': ' shop', '/a~1b~0c': { deep: [1] } });
    expect(interaction.identifiers).toEqual([{ type: 'email', value: 'a@b.example' }]);
    expect(interaction.flags).toEqual(['unparseable-identifier']);
    expect(restoreRaw(JSON.parse(JSON.stringify(interaction)) as Interaction)).toEqual(posted);
  });

  it('is refused when normal form C makes a name longer than an index takes', () => {
    expect(() => normalise({ id: '\u{1d160}'.repeat(200) })).toThrow('too-long');
  });
});
