/**
 * Promise: one per promiseId, whichever sources tell of it; it counts when it is due. A later `promise.made` at or before the
 * deadline in force moves the deadline; one after it comes too late and changes nothing. From then on:
 * open → kept (told at or before the deadline) | cancelled (so too, and not kept) | broken (the deadline passed: the watermark has
 * reached it) → kept late (told after the deadline). A cancellation after the deadline changes nothing. Exactly one of the five
 * is 1. Only an open promise is provisional; an earlier record that comes late withdraws the breach exactly.
 *
 * Left out: contacts while open. They need the profile's other interactions, which a keyed fact does not see (decision 0008).
 */
import { parseInstant } from '#contracts';
import { stableHash } from '#kernel';
import { known, firstDims, referencesOf } from '../derived-fact.js';
import type { Entry } from '../timeline.js';
import { keyedFact, text, type KeyedKind } from './keyed-kind.js';

const TYPES: ReadonlySet<string> = new Set(['promise.made', 'promise.kept', 'promise.cancelled']);
const OUTCOMES = ['open', 'kept', 'keptLate', 'broken', 'cancelled'] as const;
type Outcome = (typeof OUTCOMES)[number];

export const promise: KeyedKind = {
  kind: 'promise',

  factId({ tenant, type, data }) {
    const promiseId = TYPES.has(type) ? text(data['promiseId']) : undefined;
    return promiseId === undefined ? undefined : stableHash(tenant, 'promise', promiseId);
  },

  derive(id, entries, watermark) {
    const made = entries.filter((entry) => dueOf(entry) !== undefined);
    const dueAt = deadline(made);
    const [opening] = made;
    const [first] = entries;
    if (dueAt === undefined || opening === undefined || first === undefined) return undefined;
    const keptAt = firstOf(entries, 'promise.kept');
    const outcome = outcomeOf({ entries, keptAt, dueAt, watermark });
    const fact = keyedFact(
      {
        kind: 'promise',
        id,
        from: first.occurredAt,
        to: entries.at(-1)?.occurredAt ?? first.occurredAt,
        at: dueAt,
        dims: firstDims(made),
        measures: known({
          due: outcome === 'cancelled' ? 0 : 1,
          ...Object.fromEntries(OUTCOMES.map((each) => [each, each === outcome ? 1 : 0])),
          latenessMs: outcome === 'keptLate' && keptAt !== undefined ? keptAt - dueAt : undefined,
        }),
        interactions: referencesOf(entries),
      },
      opening,
    );
    // Kept or cancelled in time: nothing that time brings can change it.
    if (outcome === 'kept' || outcome === 'cancelled') return fact;
    return { ...fact, status: outcome === 'open' ? 'provisional' : 'final', finalAt: dueAt };
  },
};

function dueOf({ interaction: { type, data } }: Entry): number | undefined {
  const dueAt = data['dueAt'];
  return type === 'promise.made' && typeof dueAt === 'string' ? parseInstant(dueAt) : undefined;
}

/** The first deadline, moved by each later word that came in time. */
function deadline(made: readonly Entry[]): number | undefined {
  let due: number | undefined;
  for (const entry of made) {
    if (due === undefined || entry.occurredAt <= due) due = dueOf(entry);
  }
  return due;
}

function firstOf(entries: readonly Entry[], type: string): number | undefined {
  return entries.find(({ interaction }) => interaction.type === type)?.occurredAt;
}

function outcomeOf(told: {
  readonly entries: readonly Entry[];
  readonly keptAt: number | undefined;
  readonly dueAt: number;
  readonly watermark: number;
}): Outcome {
  const { entries, keptAt, dueAt, watermark } = told;
  if (keptAt !== undefined && keptAt <= dueAt) return 'kept';
  const cancelledAt = firstOf(entries, 'promise.cancelled');
  if (cancelledAt !== undefined && cancelledAt <= dueAt) return 'cancelled';
  if (dueAt > watermark) return 'open';
  return keptAt === undefined ? 'broken' : 'keptLate';
}
