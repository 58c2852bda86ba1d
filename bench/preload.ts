import type { OutgoingRecord } from '#event-log';
import type { Ground } from './arm.js';

const CHUNK = 500;

/** Fills a topic before the clock starts. */
export async function preload(
  ground: Ground,
  topic: string,
  count: number,
  record: (topic: string, index: number) => OutgoingRecord,
): Promise<void> {
  const log = await ground.openLog();
  await log.ensureTopics([
    { name: topic, partitions: 4, isCompacted: false, retentionMs: 86_400_000 },
  ]);
  for (let start = 0; start < count; start += CHUNK) {
    const size = Math.min(CHUNK, count - start);
    await log.append(Array.from({ length: size }, (_, offset) => record(topic, start + offset)));
  }
  await log.close();
}
