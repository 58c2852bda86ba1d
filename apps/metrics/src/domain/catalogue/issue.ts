/** KPIs of issues: chains of a profile's contacts on one topic, over all channels. They count when the issue began. */
import { isTrue } from '../kpi.js';
import type { KpiDefinition, Term } from '../kpi.js';

const issue: Term = { kind: 'issue', value: 'one' };
const resolved = [isTrue('resolved')];
const sum = (measure: string): Term => ({ kind: 'issue', value: { plus: [measure] } });
const dimensions = ['channel', 'topic', 'queue', 'segment'] as const;

export const ISSUE: readonly KpiDefinition[] = [
  {
    name: 'first-contact-resolution',
    title: 'First contact resolution',
    unit: 'share',
    version: 1,
    formula:
      'issues resolved on their first contact / resolved issues: no further contact by the same profile on the same issue, on any channel, within 7 days (a setting); provisional until then',
    aggregator: 'share',
    numerator: { ...issue, where: [isTrue('resolved'), isTrue('resolvedOnFirst')] },
    denominator: { ...issue, where: resolved },
    dimensions,
  },
  {
    name: 'repeat-contact-rate',
    title: 'Repeat contact rate',
    unit: 'share',
    version: 1,
    formula: 'contacts with an earlier contact on the same issue / contacts of issues',
    aggregator: 'ratio',
    numerator: sum('repeats'),
    denominator: sum('contacts'),
    dimensions,
  },
  {
    name: 'handoffs-per-issue',
    title: 'Handoffs per issue',
    unit: 'count',
    version: 1,
    formula: 'changes of channel from one contact of an issue to the next / issues',
    aggregator: 'mean',
    numerator: sum('handoffs'),
    denominator: issue,
    dimensions,
  },
  {
    name: 'failed-handoff-rate',
    title: 'Failed handoff rate',
    unit: 'share',
    version: 1,
    formula:
      'handoffs where the customer starts again (other channel, same topic, less than 24 h later, unresolved) / handoffs',
    aggregator: 'ratio',
    numerator: sum('failedHandoffs'),
    denominator: sum('handoffs'),
    dimensions,
  },
  {
    name: 'resolution-time',
    title: 'Resolution time',
    unit: 'ms',
    version: 1,
    formula: 'sum of the time from the first to the last word of resolved issues / resolved issues',
    aggregator: 'mean',
    numerator: { ...sum('resolutionMs'), where: resolved },
    denominator: { ...issue, where: resolved },
    dimensions,
    hasHistogram: true,
  },
];
