/**
 * KPIs of the service desk, over contacts of any channel (`filter[channel]=phone` for the classic call-centre figures). Times
 * that are not known leave a contact out of the mean: absent is not zero.
 */
import type { Condition, KpiDefinition, Term } from '../kpi.js';

const isTrue = (measure: string): Condition => ({ measure, compare: 'is', to: 1 });
const known = (measure: string): Condition => ({ measure, compare: 'known' });

const contact: Term = { kind: 'contact', value: 'one' };
/** Who hangs up within seconds never wanted to wait: no failure of the service. */
const shortAbandon: readonly Condition[] = [
  isTrue('abandoned'),
  { measure: 'waitMs', compare: 'below', to: 'shortAbandonMs' },
];
const answeredWithWait = [isTrue('answered'), known('waitMs')];
const handledWithTime = [isTrue('handled'), known('handleMs')];
const dimensions = ['channel', 'queue', 'topic', 'agent'] as const;

export const SERVICE: readonly KpiDefinition[] = [
  {
    name: 'contacts',
    title: 'Contacts',
    unit: 'count',
    version: 1,
    formula: 'number of contacts (service conversations), counted at their start',
    aggregator: 'count',
    numerator: contact,
    denominator: contact,
    dimensions,
  },
  {
    name: 'average-speed-of-answer',
    title: 'Average speed of answer',
    unit: 'ms',
    version: 1,
    formula:
      'sum of the waiting time of answered contacts / answered contacts whose waiting time is known',
    aggregator: 'mean',
    numerator: { kind: 'contact', where: answeredWithWait, value: { plus: ['waitMs'] } },
    denominator: { ...contact, where: answeredWithWait },
    dimensions,
    hasHistogram: true,
  },
  {
    name: 'average-handle-time',
    title: 'Average handle time',
    unit: 'ms',
    version: 1,
    formula: 'sum of talk, hold and wrap-up time / handled contacts whose handling time is known',
    aggregator: 'mean',
    numerator: { kind: 'contact', where: handledWithTime, value: { plus: ['handleMs'] } },
    denominator: { ...contact, where: handledWithTime },
    dimensions,
    hasHistogram: true,
  },
  {
    name: 'abandonment-rate',
    title: 'Abandonment rate',
    unit: 'share',
    version: 1,
    formula:
      'abandoned contacts / offered contacts, both without abandons below the short-abandon limit (5 s unless set)',
    aggregator: 'share',
    numerator: {
      ...contact,
      where: [isTrue('offered'), isTrue('abandoned')],
      except: shortAbandon,
    },
    denominator: { ...contact, where: [isTrue('offered')], except: shortAbandon },
    dimensions,
  },
  {
    name: 'service-level',
    title: 'Service level',
    unit: 'share',
    version: 1,
    formula:
      'contacts answered within the service-level limit (20 s unless set) / (answered + abandoned contacts without short abandons)',
    aggregator: 'share',
    numerator: {
      ...contact,
      where: [isTrue('answered'), { measure: 'waitMs', compare: 'at-most', to: 'serviceLevelMs' }],
      except: shortAbandon,
    },
    denominator: {
      kind: 'contact',
      value: { plus: ['answered', 'abandoned'] },
      except: shortAbandon,
    },
    dimensions,
  },
];
