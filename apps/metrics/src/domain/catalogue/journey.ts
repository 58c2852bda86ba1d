/** KPIs of what runs without an agent, of what was put aside, of what was promised, and of the way through the stages. */
import { isTrue } from '../kpi.js';
import type { KpiDefinition, Term } from '../kpi.js';

const run: Term = { kind: 'selfservice', value: 'one' };
const cart: Term = { kind: 'cart', value: 'one' };
/** Its deadline has come, or it was kept before it. */
const due: Term = {
  kind: 'promise',
  where: [isTrue('due')],
  except: [isTrue('open')],
  value: 'one',
};
const entry: Term = { kind: 'stage', value: 'one' };
const runDimensions = ['channel', 'touchpoint', 'topic', 'segment'] as const;
const stageDimensions = ['stage', 'channel', 'campaign', 'segment'] as const;

export const JOURNEY: readonly KpiDefinition[] = [
  {
    name: 'containment',
    title: 'Containment',
    unit: 'share',
    version: 1,
    formula: 'self-service runs that were not escalated / runs',
    aggregator: 'share',
    numerator: { ...run, where: [isTrue('contained')] },
    denominator: run,
    dimensions: runDimensions,
  },
  {
    name: 'true-containment',
    title: 'True containment',
    unit: 'share',
    version: 1,
    formula:
      'self-service runs, not escalated, with no human contact by the profile on any channel until 24 h after their end / runs; provisional until then',
    aggregator: 'share',
    numerator: { ...run, where: [isTrue('trulyContained')] },
    denominator: run,
    dimensions: runDimensions,
  },
  {
    name: 'cart-abandonment-rate',
    title: 'Cart abandonment rate',
    unit: 'share',
    version: 1,
    formula:
      'carts without an order within 24 h of their last update / carts, counted at their last update',
    aggregator: 'share',
    numerator: { ...cart, where: [isTrue('abandoned')] },
    denominator: cart,
    dimensions: ['channel', 'campaign', 'product', 'segment'],
  },
  {
    name: 'promise-kept-rate',
    title: 'Promises kept',
    unit: 'share',
    version: 1,
    formula:
      'promises kept on time / promises due, without those cancelled in time; counted when due',
    aggregator: 'share',
    numerator: { ...due, where: [isTrue('due'), isTrue('kept')] },
    denominator: due,
    dimensions: ['channel', 'topic', 'agent', 'queue'],
  },
  {
    name: 'stage-funnel',
    title: 'Stage funnel',
    unit: 'count',
    version: 1,
    formula: 'profiles that entered a lifecycle stage for the first time',
    aggregator: 'count',
    numerator: entry,
    denominator: entry,
    dimensions: stageDimensions,
  },
  {
    name: 'time-to-stage',
    title: 'Time to stage',
    unit: 'ms',
    version: 1,
    formula: 'sum of the time since the first stage of the profile / first entries into a stage',
    aggregator: 'mean',
    numerator: { kind: 'stage', value: { plus: ['timeToStageMs'] } },
    denominator: entry,
    dimensions: stageDimensions,
    hasHistogram: true,
  },
];
