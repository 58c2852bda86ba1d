/** The first entry of a profile into each lifecycle stage, with the time since its first entry into any. */
import { withDims, type FactRow, type Ground } from './fact.js';
import { close, newItem, walk, type Item } from './walk.js';

interface Entered extends Item {
  readonly stage: string;
}

export function stages(ground: Ground): FactRow[] {
  const entered = new Map<string, Entered[]>();
  return walk<Entered>(ground, {
    kind: 'stage',
    openMax: Infinity,
    takes: ({ stage }) => stage !== undefined,
    hear(_, entry) {
      const { stage } = entry.interaction;
      const before = entered.get(entry.profileId) ?? [];
      if (stage === undefined || before.some((each) => each.stage === stage)) return undefined;
      const item: Entered = { ...newItem('stage', ground.tenant, entry), stage };
      item.dims = withDims({ ...item.dims, stage });
      item.counted.push(entry);
      item.measures = { entered: 1, timeToStageMs: entry.at - (before[0]?.at ?? entry.at) };
      close(item);
      entered.set(entry.profileId, [...before, item]);
      return item;
    },
  });
}
