/**
 * KPIs of the service desk, over contacts of any channel (`filter[channel]=phone` for the classic call-centre figures). Times
 * that are not known leave a contact out of the mean: absent is not zero.
 */
import { isTrue, known } from '../kpi.js';
import type { Condition, KpiDefinition, Term } from '../kpi.js';

const contact: Term = { kind: 'contact', value: 'one' };
/** Who hangs up within seconds never wanted to wait: no failure of the service. */
const shortAbandon: readonly Condition[] = [
  isTrue('abandoned'),
  { measure: 'waitMs', compare: 'below', to: 'shortAbandonMs' },
];
const answeredWithWait = [isTrue('answered'), known('waitMs')];
const handledWithTime = [isTrue('handled'), known('handleMs')];
const handledWithTransfers = [isTrue('handled'), known('transfers')];
const responded = [known('firstResponseMs')];
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
  {
    name: 'transfer-rate',
    title: 'Transfer rate',
    unit: 'share',
    version: 1,
    formula: 'handled contacts that were transferred / handled contacts whose transfers are known',
    aggregator: 'share',
    numerator: {
      ...contact,
      where: handledWithTransfers,
      except: [{ measure: 'transfers', compare: 'at-most', to: 0 }],
    },
    denominator: { ...contact, where: handledWithTransfers },
    dimensions,
  },
  {
    name: 'hold-share',
    title: 'Share of time on hold',
    unit: 'share',
    version: 1,
    formula: 'sum of hold time / sum of talk, hold and wrap-up time of handled contacts',
    aggregator: 'ratio',
    numerator: { kind: 'contact', where: handledWithTime, value: { plus: ['holdMs'] } },
    denominator: { kind: 'contact', where: handledWithTime, value: { plus: ['handleMs'] } },
    dimensions,
  },
  {
    name: 'first-response-time',
    title: 'First response time',
    unit: 'ms',
    version: 1,
    formula: 'sum of the time to the first response of a person / contacts with a response',
    aggregator: 'mean',
    numerator: { kind: 'contact', where: responded, value: { plus: ['firstResponseMs'] } },
    denominator: { ...contact, where: responded },
    dimensions,
    hasHistogram: true,
  },
];
