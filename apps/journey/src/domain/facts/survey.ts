/**
 * Survey: one answer, by (source, id), in its latest version. Bands come from the score on its scale, never from a label
 * that the sender puts on it. An answer without a known instrument or with a score outside its scale is no fact; it stays on
 * the timeline. Scores are ×100; `negative` polarity is turned first, so that more is always better.
 */
import { surveyScale, type FactMeasures } from '#contracts';
import { stableHash } from '#kernel';
import { dimsOf, referencesOf } from '../derived-fact.js';
import { keyedFact, type KeyedKind } from './keyed-kind.js';

const CES_MIN = 1;
const CES_MAX = 7;
const CES_EASY = 500;

export const survey: KeyedKind = {
  kind: 'survey',

  factId({ tenant, source, id, type }) {
    return type === 'survey.answered' ? stableHash(tenant, 'survey', source, id) : undefined;
  },

  derive(id, entries) {
    const answer = entries[0];
    const measures = answer && surveyMeasures(answer.interaction.data);
    if (!answer || !measures) return undefined;
    const at = answer.occurredAt;
    const dims = dimsOf(answer.interaction);
    const interactions = referencesOf([answer]);
    return keyedFact(
      { kind: 'survey', id, from: at, to: at, at, dims, measures, interactions },
      answer,
    );
  },
};

function surveyMeasures(data: Readonly<Record<string, unknown>>): FactMeasures | undefined {
  const scale = surveyScale(data);
  const { instrument, polarity } = data;
  const given = data['score'];
  if (scale === undefined || typeof given !== 'number') return undefined;
  const { min, max } = scale;
  if (!(given >= min && given <= max)) return undefined;
  const score = polarity === 'negative' ? min + max - given : given;
  if (instrument === 'nps') return npsMeasures(score, min, max);
  if (instrument === 'csat') return csatMeasures(score, min, max);
  return cesMeasures(score, min, max);
}

/** Stretched to 1–7, so that answers on different scales have one mean. */
function cesMeasures(score: number, min: number, max: number): FactMeasures {
  const seven = Math.round((CES_MIN + ((score - min) * (CES_MAX - CES_MIN)) / (max - min)) * 100);
  return { ces: 1, score: seven, easy: seven >= CES_EASY ? 1 : 0 };
}

/** 9–10, 7–8, 0–6. A scale that ends at 10 is read as it is; another is stretched to 0–10 first. */
function npsMeasures(score: number, min: number, max: number): FactMeasures {
  const ten = max === 10 ? score : ((score - min) * 10) / (max - min);
  const promoter = ten >= 9 ? 1 : 0;
  const passive = ten >= 7 && ten < 9 ? 1 : 0;
  return {
    nps: 1,
    score: Math.round(score * 100),
    promoter,
    passive,
    detractor: 1 - promoter - passive,
  };
}

/** The top two boxes; of two points only the upper one. */
function csatMeasures(score: number, min: number, max: number): FactMeasures {
  const topFrom = max - min > 1 ? max - 1 : max;
  return { csat: 1, score: Math.round(score * 100), topTwo: score >= topFrom ? 1 : 0 };
}
