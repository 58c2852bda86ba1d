/**
 * Stage: the first entry of a profile into a lifecycle stage (an interaction's own stage, else that of its type). One fact a
 * stage, final at once: a profile enters each of the eight once, in whatever order, and never leaves. The time to it counts
 * from the profile's first entry into any stage, whose own time is 0. State: the first instant and the stages entered, in
 * order of entry. At one instant the smaller (source, id) enters.
 */
import type { Stage } from '#contracts';
import { present } from '../derived-fact.js';
import { closed, openedFact, withItemReference } from './open-items.js';
import type { SequentialKind } from './sequential-kind.js';

interface StageState {
  readonly firstAt?: number;
  readonly entered: readonly Stage[];
}

export const stage: SequentialKind<StageState> = {
  kind: 'stage',

  takes: (interaction) => interaction.stage !== undefined,

  start: { entered: [] },

  openFacts: () => [],

  evolve(state, step) {
    if (step.kind === 'deadline') return { state, facts: [] };
    const { entry } = step;
    const entering = entry.interaction.stage;
    if (entering === undefined || state.entered.includes(entering)) return { state, facts: [] };
    const firstAt = state.firstAt ?? entry.occurredAt;
    const fact = openedFact('stage', entry);
    return {
      state: { firstAt, entered: [...state.entered, entering] },
      facts: [
        closed({
          ...fact,
          dims: present({ ...fact.dims, stage: entering }),
          measures: { entered: 1, timeToStageMs: entry.occurredAt - firstAt },
          interactions: withItemReference(fact.interactions, entry.interaction),
        }),
      ],
    };
  },

  dueAt: () => undefined,
};
