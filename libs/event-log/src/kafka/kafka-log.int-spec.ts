import { describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { record, uniqueName, until } from '../contract/log-harness.fixture.js';
import { eventLogContract } from '../event-log.contract.js';
import { openKafkaLog } from './kafka-log.js';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').filter((broker) => broker !== '');

if (brokers.length > 0) {
  const topicPrefix = `test.${process.pid}.${Date.now().toString(36)}.`;
  const options = { brokers, topicPrefix, clientId: 'touchline-test', sessionTimeoutMs: 10_000 };
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();

  eventLogContract('kafka', async () => {
    await admin.connect();
    const log = await openKafkaLog(options);
    return {
      log,
      openAnother: () => openKafkaLog(options),
      expire: async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topicPrefix + topic);
        await admin.deleteTopicRecords({
          topic: topicPrefix + topic,
          partitions: offsets.map(({ partition, high }) => ({ partition, offset: high })),
        });
      },
      close: async () => {
        await log.close();
        const made = (await admin.listTopics()).filter((topic) => topic.startsWith(topicPrefix));
        await admin.deleteTopics({ topics: made });
        await admin.disconnect();
      },
    };
  });

  describe('topics on Kafka', () => {
    it('are made with retention, compaction and tombstone retention as declared', async () => {
      const prefix = `${topicPrefix}config.`;
      const log = await openKafkaLog({ ...options, topicPrefix: prefix });
      const names = [uniqueName('log'), uniqueName('compacted')];
      await log.ensureTopics([
        { name: names[0] ?? '', partitions: 3, isCompacted: false, retentionMs: 86_400_000 },
        { name: names[1] ?? '', partitions: 1, isCompacted: true, retentionMs: 172_800_000 },
      ]);
      await admin.connect();
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: names.map((name) => ({ type: 2, name: prefix + name })),
      });
      const configs = resources.map(
        ({ configEntries }) =>
          new Map(configEntries.map((entry) => [entry.configName, entry.configValue])),
      );
      expect(configs[0]?.get('cleanup.policy')).toBe('delete');
      expect(configs[0]?.get('retention.ms')).toBe('86400000');
      expect(configs[1]?.get('cleanup.policy')).toBe('compact');
      expect(configs[1]?.get('delete.retention.ms')).toBe('172800000');
      expect(await log.ranges([names[0] ?? ''])).toHaveLength(3);
      await log.close();
      await admin.deleteTopics({
        topics: [...names, 'touchline.meta'].map((name) => prefix + name),
      });
      await admin.disconnect();
    });

    it('of another installation are another log', async () => {
      const one = await openKafkaLog({ ...options, topicPrefix: `${topicPrefix}one.` });
      const two = await openKafkaLog({ ...options, topicPrefix: `${topicPrefix}two.` });
      expect(await one.incarnation()).not.toBe(await two.incarnation());
      expect(await one.incarnation()).toBe(await one.incarnation());
      await Promise.all([one.close(), two.close()]);
    });

    it('know how far a group is, for those who scale it by its lag', async () => {
      const prefix = `${topicPrefix}lag.`;
      const log = await openKafkaLog({ ...options, topicPrefix: prefix });
      const [topic, group] = [uniqueName('lag'), uniqueName('group')];
      await log.ensureTopics([
        { name: topic, partitions: 2, isCompacted: false, retentionMs: 86_400_000 },
      ]);
      await log.append(['a', 'b', 'c', 'd'].map((key) => record(topic, key, key)));
      let handled = 0;
      await log.subscribe({
        group,
        topics: [topic],
        startAt: async (partitions) => partitions.map(() => 0),
        onBatch: async ({ records }) => void (handled += records.length),
      });
      await until(() => handled === 4);
      await admin.connect();
      const asked = { groupId: prefix + group, topics: [prefix + topic] };
      await until(async () => {
        const partitions = (await admin.fetchOffsets(asked))[0]?.partitions ?? [];
        return partitions.reduce((sum, { offset }) => sum + Number(offset), 0) === 4;
      });
      await admin.disconnect();
      await log.close();
    });

    it('may hold transactions of another producer: what was committed is handled once, markers are passed over', async () => {
      const prefix = `${topicPrefix}foreign.`;
      const log = await openKafkaLog({ ...options, topicPrefix: prefix });
      const topic = uniqueName('foreign');
      await log.ensureTopics([
        { name: topic, partitions: 1, isCompacted: false, retentionMs: 86_400_000 },
      ]);
      const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer({
        transactionalId: prefix,
        idempotent: true,
        maxInFlightRequests: 1,
      });
      await producer.connect();
      const seen: string[] = [];
      const subscription = await log.subscribe({
        group: uniqueName('group'),
        topics: [topic],
        startAt: async () => [0],
        onBatch: async ({ records }) =>
          void seen.push(...records.map(({ value }) => String(value))),
      });
      for (const [value, isKept] of [
        ['1', true],
        ['2', false],
        ['3', false],
        ['4', true],
        ['5', false],
        ['6', true],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic: prefix + topic, messages: [{ key: 'k', value }] });
        await (isKept ? transaction.commit() : transaction.abort());
        await log.append([record(topic, 'k', `own ${value}`)]);
        await until(() => seen.includes(`own ${value}`));
      }
      expect(seen.filter((value) => !value.startsWith('own'))).toEqual(['1', '4', '6']);
      expect(new Set(seen).size).toBe(seen.length);
      expect(subscription.state()).toEqual({ status: 'running' });
      await producer.disconnect();
      await log.close();
    });
  });
} else if (process.env['CI'] === 'true') {
  describe('the event log on Kafka', () => {
    it('has a broker in CI', () => {
      throw new Error('CI=true requires the real Kafka broker: KAFKA_BROKERS is not set');
    });
  });
}

describe('the event log on Kafka without a broker', () => {
  it('cannot be opened: unavailable, retriable, within 10 s', async () => {
    await expect(openKafkaLog({ brokers: ['127.0.0.1:1'] })).rejects.toMatchObject({
      code: 'unavailable',
      isRetriable: true,
    });
  });
});
