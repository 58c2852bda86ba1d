/** One an answer whose instrument is known and whose score lies on its scale; more is better, scores are ×100. */
import { surveyScale } from '#contracts';
import { dimsOf, factOf, groupsBy, type FactRow, type Ground } from './fact.js';

type Measures = Readonly<Record<string, number>>;

export function surveys({ tenant, watermark, entries }: Ground): FactRow[] {
  const answers = groupsBy(entries, ({ type, source, id }) =>
    type === 'survey.answered' ? [tenant, 'survey', source, id] : undefined,
  );
  return [...answers].flatMap(([id, [answer]]) => {
    const measures = answer && measuresOf(answer.interaction.data);
    if (answer === undefined || measures === undefined) return [];
    const draft = { kind: 'survey' as const, id, owner: answer, entries: [answer], at: answer.at };
    return [factOf({ ...draft, dims: dimsOf([answer.interaction]), measures }, watermark)];
  });
}

const truth = (is: boolean): number => (is ? 1 : 0);

function measuresOf(data: Readonly<Record<string, unknown>>): Measures | undefined {
  const scale = surveyScale(data);
  const { instrument, polarity, score: given } = data;
  if (scale === undefined || typeof given !== 'number') return undefined;
  const { min, max } = scale;
  if (given < min || given > max || Number.isNaN(given)) return undefined;
  const score = polarity === 'negative' ? min + max - given : given;
  switch (instrument) {
    case 'nps': {
      const ten = max === 10 ? score : ((score - min) * 10) / (max - min);
      const [promoter, detractor] = [truth(ten >= 9), truth(ten < 7)];
      const passive = 1 - promoter - detractor;
      return { nps: 1, score: Math.round(score * 100), promoter, passive, detractor };
    }
    case 'csat': {
      const topFrom = max - min > 1 ? max - 1 : max;
      return { csat: 1, score: Math.round(score * 100), topTwo: truth(score >= topFrom) };
    }
    default: {
      const seven = Math.round((1 + ((score - min) * 6) / (max - min)) * 100);
      return { ces: 1, score: seven, easy: truth(seven >= 500) };
    }
  }
}
