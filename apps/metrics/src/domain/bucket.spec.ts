import { describe, expect, it } from '@jest/globals';
import { calendarOf } from './bucket.js';
import type { Period } from './bucket.js';

const startOf = (zone: string, period: Period, at: string): string =>
  new Date(calendarOf(zone).startOfPeriod(period, Date.parse(at))).toISOString();
const hoursOfDay = (zone: string, at: string): number => {
  const calendar = calendarOf(zone);
  const start = calendar.startOfPeriod('day', Date.parse(at));
  return (calendar.endOfPeriod('day', start) - start) / 3_600_000;
};

describe('a bucket', () => {
  it('starts on the local hour, also in zones that are half or three quarters of an hour off', () => {
    expect(startOf('UTC', 'hour', '2026-05-01T10:59:59.999Z')).toBe('2026-05-01T10:00:00.000Z');
    expect(startOf('Asia/Kolkata', 'hour', '2026-05-01T10:29:59Z')).toBe(
      '2026-05-01T09:30:00.000Z',
    );
    expect(startOf('Asia/Kathmandu', 'hour', '2026-05-01T10:14:59Z')).toBe(
      '2026-05-01T09:15:00.000Z',
    );
  });

  it('also starts where clocks change by half an hour', () => {
    // 02:00 +11 becomes 01:30 +10:30: the second half past one is a bucket of 30 minutes of its own
    expect(startOf('Australia/Lord_Howe', 'hour', '2026-04-04T15:10:00Z')).toBe(
      '2026-04-04T15:00:00.000Z',
    );
    expect(startOf('Australia/Lord_Howe', 'hour', '2026-04-04T15:30:00Z')).toBe(
      '2026-04-04T15:30:00.000Z',
    );
  });
});

describe('a day', () => {
  it('has 23 hours in spring and 25 in autumn', () => {
    expect(hoursOfDay('Europe/Berlin', '2026-03-29T12:00:00Z')).toBe(23);
    expect(hoursOfDay('Europe/Berlin', '2026-10-25T12:00:00Z')).toBe(25);
    expect(hoursOfDay('Europe/Berlin', '2026-10-26T12:00:00Z')).toBe(24);
    expect(hoursOfDay('Australia/Lord_Howe', '2026-04-05T00:00:00Z')).toBe(24.5);
  });

  it('begins when clocks go forward where there is no midnight', () => {
    expect(startOf('America/Sao_Paulo', 'day', '2018-11-04T12:00:00Z')).toBe(
      '2018-11-04T03:00:00.000Z',
    );
  });
});

describe('weeks and months', () => {
  it('start on Monday, and on the first, of the zone', () => {
    expect(startOf('Europe/Berlin', 'week', '2026-01-01T12:00:00Z')).toBe(
      '2025-12-28T23:00:00.000Z',
    );
    expect(startOf('UTC', 'week', '1969-12-31T12:00:00Z')).toBe('1969-12-29T00:00:00.000Z');
    expect(startOf('Europe/Berlin', 'month', '2026-04-30T22:30:00Z')).toBe(
      '2026-04-30T22:00:00.000Z',
    );
    expect(startOf('Europe/Berlin', 'month', '2026-04-30T21:30:00Z')).toBe(
      '2026-03-31T22:00:00.000Z',
    );
  });
});
