import { erasureOf, formatInstant } from '#contracts';
import { MemoryPipeline, type SaidCall } from '../pipeline/memory-pipeline.js';
import { inProfileOrder, type ProfileFound, seenCorrection, seenKpi, seenProfile } from './scene.js';
import type { Call, Scene, SeenProfile, Step, Story } from './story.js';

/** Tells a story to the use cases of the services over stores in memory: no log, no database, no clock but the story's. */
export async function tellInMemory(story: Story): Promise<Scene[]> {
  const pipeline = new MemoryPipeline();
  const scenes: Scene[] = [];
  for (const step of story.steps) {
    pipeline.clock.set(Date.parse(step.at));
    if ('show' in step) scenes.push(await show(pipeline, step.show));
    else await play(pipeline, step);
  }
  return scenes;
}

async function play(pipeline: MemoryPipeline, step: Exclude<Step, { show: string }>): Promise<void> {
  if ('post' in step) await pipeline.post([step.post]);
  else if ('merge' in step) await pipeline.call(said('merge', step.merge));
  else if ('unmerge' in step) await pipeline.call(said('unmerge', step.unmerge));
  else if ('withdraw' in step) await pipeline.call(said('withdraw', step.withdraw));
  else await pipeline.erase(step.erase);
  await pipeline.untilIdle();
}

function said(kind: SaidCall['kind'], { at, ...call }: Call): SaidCall {
  return { kind, ...call, ...(at === undefined ? {} : { at: Date.parse(at) }) };
}

async function show(pipeline: MemoryPipeline, title: string): Promise<Scene> {
  await pipeline.sweep();
  await pipeline.untilIdle();
  const keys = new Set([...pipeline.journey.archive.rows.values()].map((row) => row.profileKey));
  const profiles = [...keys].map((key): SeenProfile => seenProfile(found(pipeline, key)));
  return {
    show: title,
    profiles: inProfileOrder(profiles),
    kpis: pipeline.measured.figures().map(seenKpi).sort(),
    corrections: pipeline.measured.publish(pipeline.clock.now()).map(seenCorrection).sort(),
  };
}

function found({ people, journey }: MemoryPipeline, profileKey: string): ProfileFound {
  const profileId = people.profileRows.get(Number(profileKey))?.profileId ?? '';
  const claimed = new Set(
    people.decisionRows
      .filter(({ code, rivals }) => code === 'shared-identifier' && rivals.includes(profileId))
      .map(({ subject }) => subject),
  );
  const identifiers = [...people.identifierRows.values()].filter(
    (row) =>
      row.first !== null &&
      erasureOf(row) === undefined &&
      (String(row.profileKey) === profileKey || claimed.has(row.name)),
  );
  const facts = journey.facts.current().filter((fact) => fact.profileKey === profileKey);
  return {
    identifiers: identifiers.map(({ type, value, standing }) => ({
      type,
      value,
      standing: standing ?? 'person',
    })),
    timeline: journey.archive.timelineOf(profileKey).map(({ interaction, occurredAt }) => ({
      ...interaction,
      occurredAt: formatInstant(occurredAt),
    })),
    facts: facts.map((fact) => ({
      ...fact,
      at: formatInstant(fact.at),
      finalAt: fact.finalAt === undefined ? undefined : formatInstant(fact.finalAt),
    })),
  };
}
