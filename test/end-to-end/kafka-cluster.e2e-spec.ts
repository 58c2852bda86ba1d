import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { type EventLog, openEventLog, type PartitionRange } from '#event-log';
import {
  backends,
  eventually,
  type NativeCluster,
  type NativeNode,
  startNativeCluster,
} from '#testing';

const PREFIX = 'cluster.';
const TOPIC = 'touchline.kept';
const PARTITIONS = 3;
const PATIENT = { timeoutMs: 40_000, everyMs: 100 };

if (backends().kafkaBrokers.length > 0)
  describe('three brokers, of which one dies', () => {
    let folder: string;
    let cluster: NativeCluster;
    let log: EventLog;
    let admin: ReturnType<Kafka['admin']>;
    const accepted: string[] = [];
    const handled: string[] = [];
    const followed: string[] = [];
    const stored = new Map<string, number>();

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'touchline-cluster-'));
      cluster = await startNativeCluster(folder);
      const brokers = cluster.brokers.split(',');
      log = await openEventLog({
        kind: 'kafka',
        brokers,
        topicPrefix: PREFIX,
        sessionTimeoutMs: 10_000,
        replicationFactor: 3,
        minInsync: 2,
      });
      const topic = { name: TOPIC, partitions: PARTITIONS, isCompacted: false };
      await log.ensureTopics([{ ...topic, retentionMs: 86_400_000 }]);
      admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
    }, 120_000);
    afterAll(async () => {
      await admin?.disconnect();
      await log?.close();
      await cluster?.stop();
      await rm(folder, { recursive: true, force: true });
    }, 60_000);

    /** Some records for every partition; they count as accepted when the log has answered. */
    const append = async (round: string): Promise<void> => {
      const values = Array.from({ length: 3 * PARTITIONS }, (_, index) => `${round}-${index}`);
      await log.append(
        values.map((value) => ({
          topic: TOPIC,
          key: value,
          headers: { ce_id: value },
          value: Buffer.from(value),
        })),
      );
      accepted.push(...values);
    };

    const leaderOf = async (partition: number): Promise<number> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [PREFIX + TOPIC] });
      const found = topics[0]?.partitions.find((each) => each.partitionId === partition);
      if (found === undefined || found.leader < 0) throw new Error('no leader');
      return found.leader;
    };

    const node = (id: number): NativeNode => {
      const found = cluster.nodes[id - 1];
      if (found === undefined) throw new Error(`there is no broker ${id}`);
      return found;
    };

    const isHeld = (ranges: readonly PartitionRange[]): void => {
      expect(ranges.map(({ partition }) => partition)).toEqual([0, 1, 2]);
      const held = ranges.reduce((sum, { earliest, next }) => sum + next - earliest, 0);
      expect(held).toBeGreaterThanOrEqual(accepted.length);
    };

    it('make topics with as many copies as the settings say', async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [PREFIX + TOPIC] });
      expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3]);
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: PREFIX + TOPIC }],
      });
      const entries = resources[0]?.configEntries ?? [];
      expect(entries.find(({ configName }) => configName === 'min.insync.replicas')).toMatchObject({
        configValue: '2',
      });
    });

    it('lose nothing that was accepted, and appends, groups, followers and offsets go on', async () => {
      await log.subscribe({
        group: 'readers',
        topics: [TOPIC],
        startAt: async (partitions) =>
          partitions.map(({ partition }) => stored.get(String(partition)) ?? 0),
        onBatch: async ({ records }) => {
          for (const { value, partition, offset } of records) {
            handled.push(String(value));
            stored.set(String(partition), offset + 1);
          }
        },
      });
      await log.follow({
        topics: [TOPIC],
        from: 'earliest',
        onRecords: (records) => void followed.push(...records.map(({ value }) => String(value))),
      });
      for (let round = 0; round < 20; round++) await append(`before-${round}`);
      isHeld(await log.ranges([TOPIC]));

      const dead = await leaderOf(0);
      const dying = node(dead).kill();
      for (let round = 0; round < 20; round++)
        await append(`during-${round}`).catch(() => undefined);
      await dying;
      for (let round = 0; round < 20; round++)
        await eventually(() => append(`after-${round}`), PATIENT);
      await eventually(() => {
        const [seen, read] = [new Set(handled), new Set(followed)];
        expect(accepted.filter((value) => !seen.has(value) || !read.has(value))).toEqual([]);
      }, PATIENT);

      // It is back and answers, but it leads no longer; whoever asks it for offsets has to ask again elsewhere.
      await node(dead).start();
      expect(await leaderOf(0)).not.toBe(dead);
      isHeld(await log.ranges([TOPIC]));
    }, 150_000);
  });
else
  it('several brokers are tried where Kafka is', () => expect(backends().kafkaBrokers).toEqual([]));
