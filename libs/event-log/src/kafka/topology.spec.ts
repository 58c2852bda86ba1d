import { expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { Topology } from './topology.js';

it('topics are led once every leader answers for its offsets, however early its metadata says so', async () => {
  const asked: string[] = [];
  const led = { partitionErrorCode: 0, partitionId: 0, leader: 1, replicas: [1], isr: [1] };
  const admin: Pick<Admin, 'fetchTopicMetadata' | 'fetchTopicOffsets'> = {
    fetchTopicMetadata: async (wanted) => ({
      topics: (wanted?.topics ?? []).map((name) => ({ name, partitions: [led] })),
    }),
    fetchTopicOffsets: async (topic) => {
      asked.push(topic);
      if (asked.length < 4) throw new Error('This server is not the leader');
      return [{ partition: 0, offset: '0', high: '0', low: '0' }];
    },
  };
  await new Topology(admin as Admin, 'a.').untilLed(['one', 'two']);
  expect(asked).toEqual(['a.one', 'a.two', 'a.one', 'a.two', 'a.one', 'a.two']);
});
