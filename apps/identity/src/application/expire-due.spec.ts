import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '#contracts';
import type { TenantSettings } from '#contracts';
import { TenantDirectory } from '#runtime';
import { expiriesOf } from './expire-due.js';

const NOW = Date.UTC(2026, 4, 31, 12);
const NOON = '2026-05-31T12:00:00.000Z';

function due(settings: Partial<TenantSettings>, now = NOW): readonly object[] {
  const directory = new TenantDirectory();
  const all = { ...DEFAULT_SETTINGS, ...settings };
  directory.applyTenant({ tenant: 'default', revision: 1, settings: all, keys: [] });
  return expiriesOf(directory, now);
}

describe('what is due to go by age', () => {
  it('is nothing where everything is kept, nor before the start that was said', () => {
    expect(due({})).toEqual([]);
    expect(due({ retentionStartsAt: NOON })).toEqual([]);
    expect(due({ retentionDays: 30, retentionStartsAt: NOON }, NOW - 1)).toEqual([]);
  });

  it('is nothing where no start was said: the setting may be older than the job', () => {
    expect(due({ retentionDays: 30 })).toEqual([]);
  });

  it('is what occurred before the day so many days ago', () => {
    const horizon = Date.UTC(2026, 4, 1);
    const expected = [{ tenant: 'default', horizon, startsAt: NOW }];
    expect(due({ retentionDays: 30, retentionStartsAt: NOON })).toEqual(expected);
  });
});
