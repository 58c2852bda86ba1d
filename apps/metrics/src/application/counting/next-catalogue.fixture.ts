import { CATALOGUE } from '../../domain/catalogue/index.js';
import type { KpiDefinition } from '../../domain/kpi.js';

/** The catalogue of a later program: two KPIs changed (one in its dimensions too), one more. */
export const NEXT_CATALOGUE: readonly KpiDefinition[] = [
  ...CATALOGUE.map((kpi): KpiDefinition => {
    if (kpi.name === 'contacts') {
      const answered = {
        kind: 'contact',
        where: [{ measure: 'answered', compare: 'is', to: 1 }],
        value: 'one',
      } as const;
      return {
        ...kpi,
        version: kpi.version + 1,
        numerator: answered,
        denominator: answered,
        dimensions: ['queue', 'channel'],
      };
    }
    if (kpi.name !== 'interactions') return kpi;
    return { ...kpi, version: kpi.version + 1, dimensions: ['type'] };
  }),
  {
    name: 'long-sessions',
    title: 'Long sessions',
    unit: 'count',
    version: 1,
    formula: 'sessions with a known duration',
    aggregator: 'count',
    numerator: {
      kind: 'session',
      where: [{ measure: 'durationMs', compare: 'known' }],
      value: 'one',
    },
    denominator: {
      kind: 'session',
      where: [{ measure: 'durationMs', compare: 'known' }],
      value: 'one',
    },
    dimensions: ['channel'],
  },
];
