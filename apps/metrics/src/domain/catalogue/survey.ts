/** KPIs of answers. Bands come from the score (journey computes them), never from the sender's label. */
import { isTrue } from '../kpi.js';
import type { Condition, KpiDefinition, Term } from '../kpi.js';

const answersTo = (instrument: 'nps' | 'csat' | 'ces', ...more: Condition[]): Term => ({
  kind: 'survey',
  where: [{ measure: instrument, compare: 'is', to: 1 }, ...more],
  value: 'one',
});
const scored: Condition = { measure: 'score', compare: 'known' };
const delivered: Term = { kind: 'invitation', where: [isTrue('delivered')], value: 'one' };
const dimensions = ['channel', 'touchpoint', 'topic', 'segment'] as const;

export const SURVEY: readonly KpiDefinition[] = [
  {
    name: 'nps',
    title: 'Net promoter score',
    unit: 'points',
    version: 1,
    formula:
      '100 · (promoters − detractors) / answers; 9–10 promote, 0–6 detract; the newest version of an answer',
    aggregator: 'balance',
    numerator: { ...answersTo('nps'), value: { plus: ['promoter'], minus: ['detractor'] } },
    denominator: answersTo('nps'),
    dimensions,
  },
  {
    name: 'csat',
    title: 'Customer satisfaction',
    unit: 'share',
    version: 1,
    formula: 'answers in the top two boxes (4–5 of 5, 6–7 of 7, the better of 2) / answers',
    aggregator: 'share',
    numerator: answersTo('csat', { measure: 'topTwo', compare: 'is', to: 1 }),
    denominator: answersTo('csat'),
    dimensions,
  },
  {
    name: 'csat-mean',
    title: 'Customer satisfaction, mean score',
    unit: 'score',
    version: 1,
    formula: 'sum of scores / answers with a score',
    aggregator: 'mean',
    numerator: { ...answersTo('csat', scored), value: { plus: ['score'] } },
    denominator: answersTo('csat', scored),
    dimensions,
  },
  {
    name: 'ces',
    title: 'Customer effort score',
    unit: 'score',
    version: 1,
    formula: 'sum of scores on 1–7, 7 = easy / answers with a score',
    aggregator: 'mean',
    numerator: { ...answersTo('ces', scored), value: { plus: ['score'] } },
    denominator: answersTo('ces', scored),
    dimensions,
  },
  {
    name: 'ces-easy-share',
    title: 'Customer effort, share of easy',
    unit: 'share',
    version: 1,
    formula: 'answers of 5 or more on 1–7 (7 = easy) / answers',
    aggregator: 'share',
    numerator: answersTo('ces', { measure: 'easy', compare: 'is', to: 1 }),
    denominator: answersTo('ces'),
    dimensions,
  },
  {
    name: 'survey-response-rate',
    title: 'Survey response rate',
    unit: 'share',
    version: 1,
    formula:
      'delivered invitations that were answered / delivered invitations (not bounced), counted when sent; provisional until answered or 30 days old',
    aggregator: 'share',
    numerator: { ...delivered, where: [isTrue('delivered'), isTrue('answered')] },
    denominator: delivered,
    dimensions,
  },
];
