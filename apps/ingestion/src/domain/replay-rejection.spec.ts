import { describe, expect, it } from '@jest/globals';
import { prepareBatch } from './prepare-batch.js';
import type { BodyFormat } from './read-cloud-event.js';
import type { Rejection } from './rejection.js';
import { type Edit, replayRejection, type ReplayOutcome } from './replay-rejection.js';
import { splitBody } from './split-body.js';
import type { SourceLookup } from './validate-interaction.js';

const open: SourceLookup = () => ({ kind: 'open', region: 'US' });
const closed: SourceLookup = () => ({ kind: 'unknown' });
const order = {
  source: 'shop',
  id: 'o-1',
  type: 'order.placed',
  channel: 'web',
  occurredAt: '2026-05-01T10:00:00.000Z',
  data: { orderId: 'o-1', value: '5.00', currency: 'EUR' },
};
const AS_POSTED: Edit = { kind: 'none' };

interface Posting {
  readonly sourceAccess?: SourceLookup;
  readonly format?: BodyFormat;
  readonly requestId?: string;
}

function prepare(text: string, { sourceAccess = open, format, requestId = 'r' }: Posting = {}) {
  const body = splitBody(new TextEncoder().encode(text));
  if (body.kind === 'refused') throw new Error(body.detail);
  const receivedAt = Date.UTC(2026, 4, 1, 10, 10);
  const context = { tenant: 'default', receivedAt, requestId, isLive: true, sourceAccess, format };
  return prepareBatch(body.interactions, context);
}

const rejections = (text: string, posting?: Posting): Rejection[] =>
  prepare(text, posting).rejected.map(({ rejection }) => rejection);

function rejected(posted: unknown, posting?: Posting): Rejection {
  const [first] = rejections(JSON.stringify(posted), posting);
  if (first === undefined) throw new Error('it was accepted');
  return first;
}

const patch = (change: unknown): Edit => ({ kind: 'patch', patch: JSON.stringify(change) });

function acceptedOf(outcome: ReplayOutcome) {
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.problems));
  return outcome.accepted;
}

describe('replaying a rejection', () => {
  it('that is still not valid says what is wrong now, and where', () => {
    const rejection = rejected({ ...order, channel: 'fax' });
    expect(replayRejection(rejection, AS_POSTED, open)).toMatchObject({
      problems: [{ code: 'unknown-channel', pointer: '/channel' }],
    });
    const worse = replayRejection(rejection, patch({ channel: 'web', data: { value: 'x' } }), open);
    expect(worse).toMatchObject({ problems: [{ code: 'invalid-money', pointer: '/data/value' }] });
    expect(replayRejection(rejected(5), patch({ type: 'order.placed' }), open)).toMatchObject({
      kind: 'refused',
    });
  });

  it.each<[string, Edit, string, string]>([
    ['a list', { kind: 'whole', text: '[]', format: { kind: 'native' } }, 'empty-batch', ''],
    ['two', { kind: 'whole', text: '[{},{}]', format: { kind: 'native' } }, 'not-an-object', ''],
    ['no JSON', { kind: 'whole', text: '{', format: { kind: 'native' } }, 'malformed-json', ''],
    ['U+0000', patch({ topic: '\u0000' }), 'forbidden-character', '/topic'],
  ])('refuses %s as an edit', (_name, edit, code, pointer) => {
    expect(replayRejection(rejected({ ...order, channel: 'fax' }), edit, open)).toMatchObject({
      problems: [{ code, pointer }],
    });
  });

  it('does not lose a digit to a patch of something else', () => {
    const text = JSON.stringify(order).replace('"5.00"', '12345678901234567890');
    const [rejection] = rejections(text);
    if (rejection === undefined) throw new Error('it was accepted');
    expect(replayRejection(rejection, patch({ topic: 'x' }), open)).toMatchObject({
      problems: [{ code: 'unsafe-number', pointer: '/data/value' }],
    });
  });

  it('asks for the whole interaction when what was kept was cut', () => {
    const rejection = rejected({ ...order, data: { text: 'x'.repeat(140_000) } });
    expect(replayRejection(rejection, AS_POSTED, open)).toMatchObject({
      problems: [{ code: 'too-large' }],
    });
    const whole = {
      kind: 'whole',
      text: JSON.stringify(order),
      format: { kind: 'native' },
    } as const;
    expect(acceptedOf(replayRejection(rejection, whole, open)).interaction.id).toBe('o-1');
  });

  it('accepts what would have been accepted when it was received, to the byte', () => {
    const skewed = { ...order, sentAt: '2026-05-01T10:00:00.000Z' };
    const rejection = rejected(skewed, { sourceAccess: closed });
    const [accepted] = prepare(JSON.stringify(skewed)).accepted;
    expect(acceptedOf(replayRejection(rejection, AS_POSTED, open)).record).toEqual(
      accepted?.record,
    );
    expect(accepted?.interaction.flags).toEqual(['clock-corrected']);
  });

  it('reads a CloudEvent as one, structured and binary', () => {
    const attributes = { specversion: '1.0', id: 'ce', source: 'shop', type: 'page.viewed' };
    const time = '2026-05-01T10:00:00Z';
    const structured = { ...attributes, time, channel: 'fax' };
    const binary: BodyFormat = {
      kind: 'cloud-event-binary',
      attributes: { ...attributes, time, channel: 'web' },
    };
    const one = rejected(structured, { format: { kind: 'cloud-events' } });
    expect(acceptedOf(replayRejection(one, patch({ channel: 'web' }), open)).interaction.id).toBe(
      'ce',
    );
    const two = rejected({ url: 'x' }, { format: binary, sourceAccess: closed });
    expect(acceptedOf(replayRejection(two, AS_POSTED, open)).interaction.data).toEqual({
      url: 'x',
    });
  });
});

describe('the id of a replay that has none of its own', () => {
  const anonymous = { ...order, id: undefined };
  const idOf = (rejection: Rejection, edit: Edit = AS_POSTED): string =>
    acceptedOf(replayRejection(rejection, edit, open)).interaction.id;

  it('is the one that it would have been given: equal orders of a request stay two, repeats of it add none', () => {
    const text = JSON.stringify([anonymous, anonymous]);
    const first = rejections(text, { sourceAccess: closed, requestId: 'first' });
    const again = rejections(text, { sourceAccess: closed, requestId: 'again' });
    const ids = prepare(text).accepted.map(({ interaction }) => interaction.id);
    expect(new Set(ids).size).toBe(2);
    expect(first.map((rejection) => idOf(rejection))).toEqual(ids);
    expect(again.map((rejection) => idOf(rejection))).toEqual(ids);
  });

  it('keeps apart what a patch makes equal', () => {
    const [fax, telex] = rejections(
      JSON.stringify([
        { ...anonymous, channel: 'fax' },
        { ...anonymous, channel: 'telex' },
      ]),
    );
    if (fax === undefined || telex === undefined) throw new Error('one was accepted');
    const web = patch({ channel: 'web' });
    expect(idOf(fax, web)).not.toBe(idOf(telex, web));
  });

  it('gives way to an id in the edit', () => {
    expect(
      idOf(rejected({ ...anonymous, channel: 'fax' }), patch({ channel: 'web', id: 'mine' })),
    ).toBe('mine');
  });
});
