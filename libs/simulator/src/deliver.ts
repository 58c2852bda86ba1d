/**
 * From what happened to what arrives: most interactions within seconds, some late by hours or days (a phone without
 * network, a nightly batch), some twice, a newer version after the older in time but perhaps not in arrival.
 */
import { Random } from './random.js';
import { DAY_MS, HOUR_MS, instant, SECOND_MS } from './script.js';
import type { PostedInteraction, SimulatedInteraction } from './simulation.js';

const LATE_SHARE = 0.04;
const LATE_MS_MAX = 3 * DAY_MS;
const DUPLICATE_SHARE = 0.02;

export function deliver(
  interactions: readonly SimulatedInteraction[],
  random: Random,
): SimulatedInteraction[] {
  return interactions.flatMap((interaction) => {
    const first = { ...interaction, arrivesAt: arrivalOf(interaction, random) };
    if (!random.chance(DUPLICATE_SHARE)) return [first];
    const again = first.arrivesAt + random.between(1, 6 * 3600) * SECOND_MS;
    return [first, { ...first, arrivesAt: again }];
  });
}

/** In order of arrival; at equal instants by source, id and version, so that the order is total. */
export function inArrivalOrder(
  interactions: readonly SimulatedInteraction[],
): SimulatedInteraction[] {
  return [...interactions].sort((a, b) => {
    if (a.arrivesAt !== b.arrivesAt) return a.arrivesAt - b.arrivesAt;
    const [x, y] = [orderKey(a.post), orderKey(b.post)];
    if (x === y) return 0;
    return x < y ? -1 : 1;
  });
}

/** The same deliveries in another order: the result of the pipeline must not depend on it. */
export function shuffleArrival<Item>(items: readonly Item[], seed: string | number): Item[] {
  return new Random(seed, 'shuffle').shuffled(items);
}

/**
 * The interaction as if its device had a right clock: for replaying a simulated past, where ingestion cannot correct the
 * clock because `sentAt` is long gone.
 */
export function withTrueClock({ post, happenedAt }: SimulatedInteraction): PostedInteraction {
  const { sentAt: _, ...rest } = post;
  return { ...rest, occurredAt: instant(happenedAt) };
}

function arrivalOf({ happenedAt, post }: SimulatedInteraction, random: Random): number {
  const base = happenedAt + (post.version ?? 0) * HOUR_MS;
  if (random.chance(LATE_SHARE))
    return base + random.between(60, LATE_MS_MAX / SECOND_MS) * SECOND_MS;
  return base + random.between(50, 3_000);
}

function orderKey(post: PostedInteraction): string {
  return `${post.source} ${post.id} ${post.version ?? 0}`;
}
