/**
 * A survey after a contact: an invitation and its answer, and half of the time a second invitation that stays unanswered. They
 * carry no identifier at all, only `about`: the conversation they are about. One answer in ten is edited later: a newer version of
 * the same answer.
 */
import { type Script, HOUR_MS, MINUTE_MS } from '../script.js';

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
  invite(script, { at: at - MINUTE_MS / 2, source, about, instrument });
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

/** Half of the time a second thing is asked too, and not answered. */
function invite(
  script: Script,
  asked: { at: number; source: string; about: string; instrument: keyof typeof SCALES },
): void {
  const { at, source, about, instrument } = asked;
  const line = {
    at,
    source,
    type: 'survey.invited',
    channel: 'email',
    direction: 'outbound',
  } as const;
  script.tell({ ...line, data: { instrument, about } });
  if (!script.after.chance(0.5)) return;
  const other = instrument === 'ces' ? 'csat' : 'ces';
  script.tell({ ...line, data: { instrument: other, about } });
}
