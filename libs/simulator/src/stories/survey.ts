/**
 * A survey after a contact. The answer carries no identifier at all, only `about`: the conversation it is about. One in ten
 * is edited later: a newer version of the same answer.
 */
import { type Script, HOUR_MS } from '../script.js';

export interface SurveyToAnswer {
  readonly at: number;
  readonly about: string;
  readonly source: string;
  readonly isHappy: boolean;
}

const SCALES = {
  nps: { scaleMin: 0, scaleMax: 10 },
  csat: { scaleMin: 1, scaleMax: 5 },
  ces: { scaleMin: 1, scaleMax: 7 },
} as const;

export function survey(script: Script, { at, about, source, isHappy }: SurveyToAnswer): void {
  const { random } = script;
  const instrument = random.pick(['nps', 'csat', 'ces'] as const);
  const scale = SCALES[instrument];
  const middle = Math.ceil((scale.scaleMin + scale.scaleMax) / 2);
  const draw = () =>
    isHappy ? random.between(middle, scale.scaleMax) : random.between(scale.scaleMin, middle);
  const id = script.number('survey');
  const answer = {
    id,
    source,
    type: 'survey.answered',
    channel: 'other',
    direction: 'inbound',
  } as const;
  let score = draw();
  const isTold = script.tell({ ...answer, at, data: { instrument, score, ...scale, about } });
  if (!isTold) return;
  if (random.chance(0.1)) {
    const edited = draw();
    const data = { instrument, score: edited, ...scale, about, comment: 'changed my mind' };
    if (at + HOUR_MS < script.endAt) {
      script.tell({ ...answer, at, version: 1, data });
      score = edited;
    }
  }
  script.surveys.push({ source, id, person: script.person.name, instrument, score, about });
}
