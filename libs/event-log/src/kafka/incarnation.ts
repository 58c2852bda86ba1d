import { randomUUID } from 'node:crypto';
import type { Admin, Producer } from 'kafkajs';
import { Fault } from '#kernel';
import type { LogRecord, PartitionRange } from '../event-log.js';

export const META_TOPIC = 'touchline.meta';
const KEY_PREFIX = 'incarnation/';

export interface MetaAccess {
  readonly admin: Admin;
  readonly producer: Producer;
  readonly topic: string;
  readonly range: () => Promise<PartitionRange | undefined>;
  readonly readFrom: (offset: number) => Promise<readonly LogRecord[]>;
}

/**
 * Cluster id and a uuid kept in the compacted meta topic. The cluster id alone stays the same when topics are deleted and made
 * again; the uuid alone would be copied by a mirror. When two processes write at the same time, the record with the lower
 * offset counts: each writes under a key of its own, so that compaction keeps both.
 */
export async function readIncarnation(access: MetaAccess): Promise<string> {
  const { clusterId } = await access.admin.describeCluster();
  const uuid = (await firstUuid(access)) ?? (await writeUuid(access));
  return `${clusterId}/${uuid}`;
}

async function firstUuid({ range, readFrom }: MetaAccess): Promise<string | undefined> {
  const held = await range();
  if (held === undefined) return undefined;
  for (let from = held.earliest; from < held.next;) {
    const records = await readFrom(from);
    const found = records.find(({ key, value }) => key.startsWith(KEY_PREFIX) && value !== null);
    if (found !== undefined) return found.key.slice(KEY_PREFIX.length);
    const last = records.at(-1);
    if (last === undefined) return undefined;
    from = last.offset + 1;
  }
  return undefined;
}

async function writeUuid(access: MetaAccess): Promise<string> {
  const uuid = randomUUID();
  await access.producer.send({
    topic: access.topic,
    acks: -1,
    messages: [{ key: KEY_PREFIX + uuid, value: uuid, partition: 0 }],
  });
  const first = await firstUuid(access);
  if (first === undefined)
    throw new Fault('unavailable', 'the meta topic cannot be read', { retriable: true });
  return first;
}
