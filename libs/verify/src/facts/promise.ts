/**
 * One a promiseId, counted when it is due. A word in time moves the deadline. Exactly one of: kept or cancelled (told by the
 * deadline, kept first), open (not due yet), kept late, broken.
 */
import { parseInstant } from '#contracts';
import { dimsOf, factOf, groupsBy, nameIn, type Entry, type FactRow, type Ground } from './fact.js';

const TYPES = ['promise.made', 'promise.kept', 'promise.cancelled'];

export function promises({ tenant, watermark, entries }: Ground): FactRow[] {
  const groups = groupsBy(entries, ({ type, data }) => {
    const promiseId = nameIn(data['promiseId']);
    return TYPES.includes(type) && promiseId !== undefined
      ? [tenant, 'promise', promiseId]
      : undefined;
  });
  return [...groups].flatMap(([id, group]) => {
    const made = group.filter((entry) => dueIn(entry) !== undefined);
    const [owner] = made;
    if (owner === undefined) return [];
    let at = dueIn(owner) ?? 0;
    for (const entry of made) if (entry.at <= at) at = dueIn(entry) ?? at;
    const toldAt = (type: string) => group.find(({ interaction }) => interaction.type === type)?.at;
    const [keptAt, cancelledAt] = [toldAt('promise.kept'), toldAt('promise.cancelled')];
    const outcome = outcomeOf([keptAt, cancelledAt], at, watermark);
    const is = (name: string) => (outcome === name ? 1 : 0);
    const isSettled = outcome === 'kept' || outcome === 'cancelled';
    const draft = {
      kind: 'promise' as const,
      id,
      owner,
      entries: group,
      at,
      dims: dimsOf(made.map(({ interaction }) => interaction)),
      measures: {
        due: 1 - is('cancelled'),
        open: is('open'),
        kept: is('kept'),
        keptLate: is('keptLate'),
        broken: is('broken'),
        cancelled: is('cancelled'),
        latenessMs: is('keptLate') === 1 && keptAt !== undefined ? keptAt - at : undefined,
      },
      finalAt: isSettled ? undefined : at,
    };
    return [factOf(draft, watermark)];
  });
}

function dueIn({ interaction: { type, data } }: Entry): number | undefined {
  const { dueAt } = data;
  return type === 'promise.made' && typeof dueAt === 'string' ? parseInstant(dueAt) : undefined;
}

function outcomeOf(
  [keptAt, cancelledAt]: readonly (number | undefined)[],
  dueAt: number,
  watermark: number,
): string {
  if (keptAt !== undefined && keptAt <= dueAt) return 'kept';
  if (cancelledAt !== undefined && cancelledAt <= dueAt) return 'cancelled';
  if (watermark < dueAt) return 'open';
  return keptAt === undefined ? 'broken' : 'keptLate';
}
