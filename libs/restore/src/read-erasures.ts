import { type ErasureRequested, TOPIC } from '#contracts';
import type { EventLog, LogRecord } from '#event-log';
import { type LogState, placeOf } from './check-log.js';
import { pagesOf } from './read-told.js';

export interface LostErasure {
  readonly tenant: string;
  readonly erasureId: string;
  readonly at: string;
}

const SHOWN_MAX = 1_000;

/** Erasures that the restored identity has not read. */
export async function readErasures(
  log: Pick<EventLog, 'read'>,
  { ranges, positions }: LogState,
): Promise<LostErasure[]> {
  const found = new Map<string, LostErasure>();
  for (const range of ranges.filter(({ topic }) => topic === TOPIC.erasureRequested.name)) {
    const from = positions.get('identity')?.get(placeOf(range)) ?? range.earliest;
    for await (const page of pagesOf(log, { ...range, from }))
      for (const one of page.flatMap(erasureIn)) found.set(`${one.tenant} ${one.erasureId}`, one);
  }
  return [...found.values()].slice(0, SHOWN_MAX);
}

function erasureIn({ value }: LogRecord): LostErasure[] {
  if (value === null) return [];
  const { tenant, erasureId, at } = JSON.parse(value.toString('utf8')) as ErasureRequested;
  return [{ tenant, erasureId, at }];
}
