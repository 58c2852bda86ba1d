import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  acceptedRecord,
  Ordinals,
  validateInput,
  type Interaction,
  type InteractionInput,
} from '#contracts';
import { normaliseInteraction } from './normalise-interaction.js';
import { restoreRaw } from './raw-difference.js';

const RECEIVED = Date.UTC(2026, 4, 1, 10, 0, 0);
const text = (max: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: max }),
    fc.constantFrom(null, '', ' padded ', 'null', 'e\u0301'),
  );
const instant = fc
  .date({ min: new Date(0), max: new Date(RECEIVED + 80_000_000), noInvalidDate: true })
  .chain((date) => fc.constantFrom(date.toISOString(), date.toISOString().replace('Z', '+00:00')));
const identifier = fc.record({
  type: fc.constantFrom('email', 'phone', 'userId'),
  value: fc.constantFrom('A@b.example', 'a@b.example', '+1 201 555 0123', 'x', ''),
});

const posted = fc.record(
  {
    id: text(20),
    source: fc.constantFrom('shop', ' shop '),
    type: fc.constantFrom('order.placed', 'page.viewed', 'x-custom', 'profile.aliased'),
    channel: fc.constant('web'),
    occurredAt: instant,
    sentAt: fc.oneof(instant, fc.constant(null)),
    identifiers: fc.oneof(fc.array(identifier, { maxLength: 4 }), fc.constant(null)),
    conversation: text(20),
    direction: fc.constantFrom('inbound', null),
    topic: text(20),
    stage: fc.constantFrom('use', 'discovery', 'purchase', null),
    data: fc.oneof(
      fc.constantFrom(null, {}, { orderId: '1' }, { about: 'x' }),
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
    ),
    version: fc.constantFrom(0, 1, null),
    withdrawn: fc.constantFrom(true, false, null),
    unknown: fc.jsonValue(),
    '/~': fc.jsonValue(),
    '+': fc.jsonValue(),
  },
  { requiredKeys: ['source', 'type', 'channel', 'occurredAt'] },
);

/** As it stands on the wire: `-0` is `0` there. */
const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the raw form', () => {
  it('can be restored from every accepted record', () => {
    let normalised = 0;
    fc.assert(
      fc.property(posted, fc.boolean(), (generated, isLive) => {
        const raw = wire(generated);
        if (validateInput(raw).length > 0) return;
        const context = {
          tenant: 't',
          region: 'US',
          receivedAt: RECEIVED,
          isLive,
          ordinals: new Ordinals(),
        };
        const outcome = normaliseInteraction(raw as InteractionInput, context);
        if (outcome.kind === 'refused') return;
        normalised += 1;
        expect(
          restoreRaw(JSON.parse(acceptedRecord(outcome.interaction).text) as Interaction),
        ).toEqual(raw);
      }),
      { numRuns: 2000 },
    );
    expect(normalised).toBeGreaterThan(1000);
  }, 60_000);
});
