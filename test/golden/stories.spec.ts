import { expect, it } from '@jest/globals';
import { tellInMemory } from './in-memory.js';
import { expectedScenes, readStory, storyNames, writeScenes } from './story.js';

it.each(storyNames())('%s, told to the pure functions', async (name) => {
  const scenes = await tellInMemory(readStory(name));
  if (process.env['UPDATE_GOLDEN'] === '1') writeScenes(name, scenes);
  expect(scenes).toEqual(expectedScenes(name));
});
