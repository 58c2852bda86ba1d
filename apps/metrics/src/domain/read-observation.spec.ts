import { describe, expect, it } from '@jest/globals';
import { HEADER, recordKey, TOPIC } from '#contracts';
import { stableHash } from '#kernel';
import { readObservation } from './read-observation.js';

describe('the observation of an erased interaction', () => {
  it('is a key and a revision: no time, no dimension, no name', () => {
    const read = readObservation({
      topic: TOPIC.interactionIdentified.name,
      key: recordKey('default', '7'),
      headers: {
        [HEADER.tenant]: 'default',
        [HEADER.interactionSource]: 'shop',
        [HEADER.interactionId]: 'order-4711',
        [HEADER.contentRevision]: '3',
        [HEADER.cause]: 'erasure',
        [HEADER.causeRef]: 'e1',
      },
      value: null,
    });
    expect(read).toEqual({
      ok: true,
      value: {
        tenant: 'default',
        kind: 'interaction',
        key: stableHash('default', 'shop', 'order-4711'),
        revision: 3,
        isGone: true,
        atMs: 0,
        dims: {},
        measures: {},
        isProvisional: false,
        origin: { source: '', id: '' },
        reason: { cause: 'erasure', ref: 'e1' },
      },
    });
  });
});
