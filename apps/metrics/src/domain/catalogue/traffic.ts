/** KPIs of visits and volume. Interactions count from their own rows, sessions from the facts of journey. */
import type { KpiDefinition, Term } from '../kpi.js';

const interaction: Term = { kind: 'interaction', value: 'one' };
const session: Term = { kind: 'session', value: 'one' };

export const TRAFFIC: readonly KpiDefinition[] = [
  {
    name: 'interactions',
    title: 'Interactions',
    unit: 'count',
    version: 1,
    formula: 'number of interactions, each once by its newest version, without withdrawn ones',
    aggregator: 'count',
    numerator: interaction,
    denominator: interaction,
    dimensions: ['channel', 'type', 'touchpoint', 'source'],
  },
  {
    name: 'sessions',
    title: 'Sessions',
    unit: 'count',
    version: 1,
    formula: 'number of sessions, counted at their start',
    aggregator: 'count',
    numerator: session,
    denominator: session,
    dimensions: ['channel', 'touchpoint', 'campaign', 'segment'],
  },
  {
    name: 'conversion-rate',
    title: 'Conversion rate',
    unit: 'share',
    version: 1,
    formula: 'sessions with an order / sessions',
    aggregator: 'share',
    numerator: { ...session, where: [{ measure: 'converted', compare: 'is', to: 1 }] },
    denominator: session,
    dimensions: ['channel', 'touchpoint', 'campaign', 'segment'],
  },
];
