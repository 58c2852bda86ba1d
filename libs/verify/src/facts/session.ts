/**
 * A run of a profile's digital interactions: the next one belongs to it up to and including 30 minutes (a setting) after the one before
 * and 24 hours after the first, and while it holds fewer than 10,000.
 */
import { isDigital } from '#contracts';
import { stableHash } from '#kernel';
import { factOf, withDims, type Entry, type FactRow, type Ground } from './fact.js';

const LONGEST_MS = 24 * 60 * 60 * 1000;
const MOST = 10_000;
const PAGES = ['page.viewed', 'product.viewed', 'content.viewed'];

export function sessions({ tenant, watermark, settings, entries }: Ground): FactRow[] {
  const gapMs = settings.sessionInactivityMs;
  const runs: Entry[][] = [];
  const latest = new Map<string, Entry[]>();
  for (const entry of entries.filter(({ interaction }) => isDigital(interaction))) {
    const run = latest.get(entry.profileId);
    if (run !== undefined && run.length < MOST && entry.at <= endOf(run, gapMs)) {
      run.push(entry);
      continue;
    }
    const fresh = [entry];
    runs.push(fresh);
    latest.set(entry.profileId, fresh);
  }
  return runs.flatMap((run) => {
    const [first] = run;
    if (first === undefined) return [];
    return [session(tenant, { watermark, finalAt: endOf(run, gapMs) }, [first, run])];
  });
}

function endOf(run: readonly Entry[], gapMs: number): number {
  const [from, to] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0];
  return run.length >= MOST ? to : Math.min(to + gapMs, from + LONGEST_MS);
}

function session(
  tenant: string,
  { watermark, finalAt }: { readonly watermark: number; readonly finalAt: number },
  [first, run]: readonly [Entry, readonly Entry[]],
): FactRow {
  const { source, id, channel, touchpoint } = first.interaction;
  const types = run.map(({ interaction }) => interaction.type);
  const campaigns = run.map(({ interaction }) => interaction.campaign).filter(Boolean);
  return factOf(
    {
      kind: 'session',
      id: stableHash(tenant, 'session', source, id),
      owner: first,
      entries: run,
      at: first.at,
      dims: withDims({ channel, touchpoint, source, campaign: campaigns[0] }),
      measures: {
        durationMs: (run.at(-1)?.at ?? first.at) - first.at,
        pages: types.filter((type) => PAGES.includes(type)).length,
        interactions: run.length,
        converted: types.includes('order.placed') ? 1 : 0,
      },
      finalAt,
    },
    watermark,
  );
}
