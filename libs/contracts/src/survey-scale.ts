/** Scales of survey instruments, used when the sender names none. */
export const INSTRUMENTS = ['nps', 'csat', 'ces'] as const;
export type Instrument = (typeof INSTRUMENTS)[number];

/** `negative`: a high score is bad (an effort scale on which 7 is hard). Default `positive`. */
export const POLARITIES = ['positive', 'negative'] as const;
export type Polarity = (typeof POLARITIES)[number];

export interface Scale {
  readonly min: number;
  readonly max: number;
}

export const DEFAULT_SCALES: Readonly<Record<Instrument, Scale>> = {
  nps: { min: 0, max: 10 },
  csat: { min: 1, max: 5 },
  ces: { min: 1, max: 7 },
};

/** The scale of an answer; undefined when the instrument is unknown or the named bounds are no scale. */
export function surveyScale(data: Readonly<Record<string, unknown>>): Scale | undefined {
  const instrument = INSTRUMENTS.find((name) => name === data['instrument']);
  if (instrument === undefined) return undefined;
  const { scaleMin, scaleMax } = data;
  const fallback = DEFAULT_SCALES[instrument];
  const min = typeof scaleMin === 'number' ? scaleMin : fallback.min;
  const max = typeof scaleMax === 'number' ? scaleMax : fallback.max;
  return min < max ? { min, max } : undefined;
}

/** An answer whose instrument is faulty is refused for that, not for its score. */
export function isScoreInScale(score: unknown, data: Readonly<Record<string, unknown>>): boolean {
  if (typeof score !== 'number' || !Number.isFinite(score)) return false;
  if (!INSTRUMENTS.some((name) => name === data['instrument'])) return true;
  const scale = surveyScale(data);
  return scale !== undefined && score >= scale.min && score <= scale.max;
}
