import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Interaction } from '#contracts';
import { restoreRaw } from './raw-difference.js';
import { splitBody } from './split-body.js';
import { prepareBatch } from './prepare-batch.js';

type Frozen = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const read = (name: string): Frozen =>
  JSON.parse(readFileSync(`libs/contracts/fixtures/v1/${name}.json`, 'utf8')) as Frozen;

const posted = Object.entries(read('posted'));
const accepted = read('accepted');

describe('what was posted in version 1', () => {
  it.each(posted)('still becomes the same record: %s', (name, value) => {
    const body = splitBody(new TextEncoder().encode(JSON.stringify(value)));
    if (body.kind === 'refused') throw new Error(body.detail);
    const { accepted: prepared } = prepareBatch(body.interactions, {
      tenant: 'default',
      receivedAt: Date.UTC(2026, 4, 1, 10, 30),
      isLive: true,
      requestId: 'fixture',
      sourceAccess: () => ({ kind: 'open', region: 'DE' }),
    });
    const [first] = prepared;
    expect({
      key: first?.record.key,
      headers: first?.record.headers,
      value: JSON.parse(first?.record.text ?? 'null'),
    }).toEqual(accepted[name]);
  });

  it.each(posted)('can be restored from its record: %s', (name, value) => {
    expect(restoreRaw(accepted[name]?.['value'] as Interaction)).toEqual(value);
  });
});
