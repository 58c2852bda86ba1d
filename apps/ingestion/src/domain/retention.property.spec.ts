import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant } from '#contracts';
import { DAY_MS } from './clock-skew.js';
import { prepareBatch, type PreparedBatch } from './prepare-batch.js';
import type { BodyFormat } from './read-cloud-event.js';
import { replayRejection } from './replay-rejection.js';
import { retentionFrom } from './retention.js';
import { splitBody } from './split-body.js';

const RECEIVED = Date.UTC(2026, 4, 1, 10, 0, 0);

interface Posting {
  readonly retentionDays?: number;
  readonly format?: BodyFormat;
}

function prepare(body: unknown, { retentionDays, format }: Posting = {}): PreparedBatch {
  const parsed = splitBody(new TextEncoder().encode(JSON.stringify(body)));
  if (parsed.kind === 'refused') throw new Error(parsed.detail);
  return prepareBatch(parsed.interactions, {
    tenant: 'default',
    receivedAt: RECEIVED,
    requestId: 'r',
    isLive: true,
    format,
    sourceAccess: () => ({ kind: 'open', region: 'US', retentionDays }),
  });
}

const aged = (ageMs: number, members: Record<string, unknown> = {}) => ({
  source: 'shop',
  type: 'page.viewed',
  channel: 'web',
  occurredAt: formatInstant(RECEIVED - ageMs),
  ...members,
});

const codesOf = ({ rejected }: PreparedBatch) => rejected.map(({ rejection }) => rejection.code);

describe('what stands and is too old', () => {
  const NOW = Date.UTC(2026, 4, 1);
  const when = { now: NOW, waitMs: 1_000 };
  const soon = formatInstant(NOW + 1_000);
  const days = fc.integer({ min: 1, max: 36_500 });

  it('goes later when less is kept than before, and no later than it would have when not', () => {
    fc.assert(
      fc.property(days, days, fc.boolean(), (old, wanted, isStarted) => {
        const retentionStartsAt = formatInstant(NOW + (isStarted ? -DAY_MS : 500));
        const before = { retentionDays: old, retentionStartsAt };
        expect(retentionFrom(before, wanted, when)).toEqual({
          retentionDays: wanted,
          retentionStartsAt: wanted < old ? soon : retentionStartsAt,
        });
      }),
    );
  });

  it('goes later when all was kept before, or was since', () => {
    const first = { retentionDays: 30, retentionStartsAt: soon };
    expect(retentionFrom({}, 30, when)).toEqual(first);
    expect(retentionFrom({ retentionDays: 30 }, 30, when)).toEqual(first);
    expect(retentionFrom(first, undefined, when)).toEqual({});
  });
});

describe('a tenant that keeps thirty days', () => {
  const thirty = { retentionDays: 30 };

  it.each([
    ['exactly 30 days', 30 * DAY_MS, []],
    ['30 days and a millisecond', 30 * DAY_MS + 1, ['too-old']],
    ['a millisecond less', 30 * DAY_MS - 1, []],
    ['some centuries', 200_000 * DAY_MS, ['too-old']],
    ['now', 0, []],
  ])('is told of what is %s old', (_name, ageMs, codes) => {
    expect(codesOf(prepare(aged(ageMs), thirty))).toEqual(codes);
    expect(codesOf(prepare(aged(ageMs)))).toEqual([]);
  });

  it('takes a consent of any age', () => {
    const data = { purpose: 'marketing', granted: false };
    const consent = aged(2_000 * DAY_MS, { type: 'consent.changed', data });
    expect(codesOf(prepare([consent, aged(2_000 * DAY_MS)], thirty))).toEqual(['too-old']);
  });

  it('says the horizon and the way out, at the member that was given', () => {
    const old = aged(31 * DAY_MS);
    const [native] = prepare(old, thirty).rejected;
    expect(native?.rejection).toMatchObject({ code: 'too-old', pointer: '/occurredAt' });
    expect(native?.rejection.detail).toMatch(/^lies before 2026-04-01T10:00:00.000Z: .*30 days/);
    expect(native?.rejection.detail).toContain('retentionDays');
    const { occurredAt, ...event } = old;
    const inEvent = { specversion: '1.0', id: 'e', time: occurredAt, ...event };
    const [cloudEvent] = prepare(inEvent, { ...thirty, format: { kind: 'cloud-events' } }).rejected;
    expect(cloudEvent?.rejection).toMatchObject({ code: 'too-old', pointer: '/time' });
  });

  it('counts from the corrected clock: an hour slow is an hour younger', () => {
    const slow = aged(30 * DAY_MS + 3_600_000, { sentAt: formatInstant(RECEIVED - 3_600_000) });
    expect(codesOf(prepare(slow, thirty))).toEqual([]);
    const fast = aged(30 * DAY_MS - 3_600_000, { sentAt: formatInstant(RECEIVED + 3_600_000) });
    expect(codesOf(prepare(fast, thirty))).toEqual([]);
    const faster = aged(30 * DAY_MS, { sentAt: formatInstant(RECEIVED + 3_600_000) });
    expect(codesOf(prepare(faster, thirty))).toEqual(['too-old']);
  });

  it('takes every withdrawal, and no new version of something old', () => {
    const old = aged(31 * DAY_MS, { id: 'i', version: 2 });
    expect(codesOf(prepare({ ...old, withdrawn: true }, thirty))).toEqual([]);
    expect(codesOf(prepare({ ...old, withdrawn: false }, thirty))).toEqual(['too-old']);
  });

  it('accepts by a replay under a longer one, as old as it was when it was received', () => {
    const [refused] = prepare(aged(45 * DAY_MS), thirty).rejected;
    if (refused === undefined) throw new Error('it was accepted');
    const under = (retentionDays?: number) =>
      replayRejection(refused.rejection, { kind: 'none' }, () => ({
        kind: 'open',
        region: 'US',
        retentionDays,
      }));
    expect(under(44)).toMatchObject({ kind: 'refused', problems: [{ code: 'too-old' }] });
    const [asPosted] = prepare(aged(45 * DAY_MS)).accepted;
    for (const kept of [45, 60, undefined]) {
      const outcome = under(kept);
      expect(outcome).toMatchObject({ accepted: { record: asPosted?.record } });
    }
  });
});

describe('what is too old', () => {
  const age = fc.oneof(
    fc.integer({ min: 0, max: 400 * DAY_MS }),
    fc.integer({ min: 0, max: 400 }).map((days) => days * DAY_MS),
  );

  it('changes nothing of its neighbours', () => {
    const ages = fc.array(age, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ages, fc.integer({ min: 1, max: 400 }), (some, retentionDays) => {
        const posted = some.map((ageMs, index) => aged(ageMs, { id: `i-${index}` }));
        const isKept = (ageMs: number | undefined) => (ageMs ?? 0) <= retentionDays * DAY_MS;
        const all = prepare(posted);
        const { accepted, rejected } = prepare(posted, { retentionDays });
        expect(accepted).toEqual(all.accepted.filter(({ index }) => isKept(some[index])));
        expect(rejected.map(({ index }) => index)).toEqual(
          some.flatMap((ageMs, index) => (isKept(ageMs) ? [] : [index])),
        );
        expect(new Set(rejected.map(({ rejection }) => rejection.code)).size).toBeLessThan(2);
      }),
    );
  });
});
