import { describe, expect, it } from '@jest/globals';
import { backends } from '#testing';
import { tellOnStack } from './on-stack.js';
import { expectedScenes, readStory, storyNames, writeScenes } from './story.js';

let told = 0;
const kafka = (): Record<string, string> => ({
  TOUCHLINE_LOG: 'kafka',
  KAFKA_BROKERS: backends().kafkaBrokers.join(','),
  KAFKA_TOPIC_PREFIX: `story-${process.pid}-${Date.now().toString(36)}-${told++}-`,
});
const logs = [
  { log: 'the embedded log', environment: () => ({}) },
  ...(backends().kafkaBrokers.length > 0 ? [{ log: 'Kafka', environment: kafka }] : []),
];

describe.each(logs)('told to the services on $log', ({ log, environment }) => {
  it.each(storyNames())(
    '%s',
    async (name) => {
      const scenes = await tellOnStack(readStory(name), environment());
      if (process.env['UPDATE_GOLDEN'] === log) writeScenes(name, scenes);
      expect(scenes).toEqual(expectedScenes(name));
    },
    120_000,
  );
});
