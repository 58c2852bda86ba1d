/** Entries for tests: a test names only what it asserts on. */
import { formatInstant, type Interaction } from '#contracts';
import type { Entry } from './timeline.js';

/** 2026-03-01T00:00:00Z */
export const START = 1_772_323_200_000;

export function told({
  at = START,
  profileKey = '1',
  ...given
}: Partial<Omit<Interaction, 'occurredAt'>> & { at?: number; profileKey?: string }): Entry {
  const interaction: Interaction = {
    tenant: 'default',
    source: 'shop',
    id: 'a',
    type: 'page.viewed',
    channel: 'web',
    occurredAt: formatInstant(at),
    receivedAt: formatInstant(at),
    identifiers: [],
    data: {},
    version: 0,
    ...given,
  };
  return { tenant: interaction.tenant, profileKey, occurredAt: at, interaction };
}
