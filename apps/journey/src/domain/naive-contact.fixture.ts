/** The oracle's measures of a contact, for `naive-derivation.fixture.ts`. */
import type { Interaction } from '#contracts';

interface Told {
  readonly interaction: Interaction;
}

const time = ({ interaction }: Told): number => Date.parse(interaction.occurredAt);

export function naiveContactMeasures(group: readonly Told[]): Record<string, number> {
  const of = (...types: string[]) =>
    group.filter((entry) => types.includes(entry.interaction.type));
  const number = (entry: Told | undefined, field: string) =>
    entry?.interaction.data[field] as number | undefined;
  const total = (list: readonly Told[], field: string) =>
    list
      .map((entry) => number(entry, field))
      .filter((value) => value !== undefined)
      .reduce<number | undefined>((sum, value) => (sum ?? 0) + value, undefined);
  const records = of('call.recorded');
  if (records.length > 0) {
    const said = records.map((entry) => entry.interaction.data['disposition']);
    const talk = total(records, 'talkMs');
    const answered =
      (talk ?? 0) > 0 || said.some((word) => word !== undefined && word !== 'abandoned');
    return liveMeasures({
      answered,
      abandoned: said.includes('abandoned'),
      wait: total(records, 'waitMs'),
      talk,
      hold: total(records, 'holdMs'),
      wrap: total(records, 'wrapUpMs'),
      transfers: records.length - 1,
    });
  }
  if (group.some((entry) => entry.interaction.type.startsWith('call.'))) {
    const answer = of('call.answered')[0];
    const gaveUp = of('call.abandoned')[0];
    const ends = of('call.ended');
    const queued = of('call.queued')[0];
    const reach = answer ?? gaveUp;
    const reported = number(reach, 'waitMs') ?? number(ends.at(-1), 'waitMs');
    const counted =
      queued && reach && time(reach) >= time(queued) ? time(reach) - time(queued) : undefined;
    const end = ends.at(-1);
    const line = answer && end && time(end) >= time(answer) ? time(end) - time(answer) : undefined;
    const talk = total(ends, 'talkMs') ?? line;
    const answered = answer !== undefined || (total(ends, 'talkMs') ?? 0) > 0;
    return liveMeasures({
      answered,
      abandoned: gaveUp !== undefined,
      wait: reported ?? counted,
      talk,
      hold: total(ends, 'holdMs'),
      wrap: total(ends, 'wrapUpMs'),
      transfers: of('call.transferred').length,
    });
  }
  const asked = of('email.received', 'social.messaged', 'case.opened', 'case.reopened')[0];
  const reply =
    asked &&
    of('email.sent', 'social.replied', 'case.updated', 'case.resolved').find(
      (entry) => time(entry) >= time(asked),
    );
  return {
    responded: reply ? 1 : 0,
    transfers: 0,
    ...(asked && reply ? { firstResponseMs: time(reply) - time(asked) } : {}),
  };
}

interface Live {
  answered: boolean;
  abandoned: boolean;
  wait: number | undefined;
  talk: number | undefined;
  hold: number | undefined;
  wrap: number | undefined;
  transfers: number;
}

function liveMeasures({
  answered,
  abandoned,
  wait,
  talk,
  hold = 0,
  wrap = 0,
  transfers,
}: Live): Record<string, number> {
  const measures: Record<string, number> = {
    offered: 1,
    answered: Number(answered),
    abandoned: Number(abandoned && !answered),
    transfers,
    handled: 0,
  };
  if (wait !== undefined) measures['waitMs'] = wait;
  if (answered && wait !== undefined) measures['firstResponseMs'] = wait;
  if (!answered || talk === undefined) return measures;
  return {
    ...measures,
    handled: 1,
    talkMs: talk,
    holdMs: hold,
    wrapUpMs: wrap,
    handleMs: talk + hold + wrap,
  };
}
