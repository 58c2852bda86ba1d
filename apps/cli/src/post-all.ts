import type { PostedInteraction } from '#simulator';
import type { InteractionSink } from './application/ports.js';
import type { Draft } from './domain/map-record.js';

const BATCH_SIZE = 500;
const CONCURRENCY = 4;

/** Posts a list in its order of arrival, batch by batch, a few requests at a time. */
export async function postAll(
  sink: InteractionSink,
  interactions: readonly PostedInteraction[],
  onProgress: (done: number) => void = () => undefined,
): Promise<{ accepted: number; rejected: number }> {
  let next = 0;
  let done = 0;
  const total = { accepted: 0, rejected: 0 };
  const work = async (): Promise<void> => {
    while (next < interactions.length) {
      const batch = interactions.slice(next, next + BATCH_SIZE);
      next += batch.length;
      const outcome = await sink.post(batch as unknown as readonly Draft[]);
      total.accepted += outcome.accepted;
      total.rejected += outcome.rejected.length;
      done += batch.length;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return total;
}
