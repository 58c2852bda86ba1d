/**
 * Every KPI in words of its own: which observations count below the line and with how much, which above. Written from the
 * published definitions (docs/generated/kpis.md), never from the catalogue's records.
 */
import type { FactMeasures, TenantSettings } from '#contracts';

export interface Measure {
  readonly kpi: string;
  readonly version: number;
  /** A fact kind, or `interaction`. */
  readonly of: string;
  readonly dims: readonly string[];
  /** What one observation adds to n; undefined = it does not count there. */
  below(measures: FactMeasures, settings: TenantSettings): number | undefined;
  /** What it adds above the line. */
  above(measures: FactMeasures, settings: TenantSettings): number | undefined;
  readonly hasHistogram?: true;
}

type Test = (measures: FactMeasures, settings: TenantSettings) => boolean;
type Value = (measures: FactMeasures) => number;

const one: Value = () => 1;
const always: Test = () => true;
const is =
  (name: string): Test =>
  (measures) =>
    measures[name] === 1;
const isKnown =
  (name: string): Test =>
  (measures) =>
    measures[name] !== undefined;
const both =
  (...tests: Test[]): Test =>
  (measures, settings) =>
    tests.every((test) => test(measures, settings));

interface Definition {
  readonly below?: Test;
  readonly n?: Value;
  readonly above?: Test;
  readonly value?: Value;
  readonly hasHistogram?: true;
}

/** `above` without a test counts what is below. */
function measure(
  [kpi, of]: readonly [string, string],
  dims: readonly string[],
  { below = always, above = below, n = one, value = one, hasHistogram }: Definition,
): Measure {
  return {
    kpi,
    of,
    dims,
    version: 1,
    below: (measures, settings) => (below(measures, settings) ? n(measures) : undefined),
    above: (measures, settings) => (above(measures, settings) ? value(measures) : undefined),
    hasHistogram,
  };
}

const VISIT = ['channel', 'touchpoint', 'campaign', 'segment'];
const DESK = ['channel', 'queue', 'topic', 'agent'];
const MONEY = ['currency', 'channel', 'store', 'campaign'];
const ANSWER = ['channel', 'touchpoint', 'topic', 'segment'];

const ISSUE = ['channel', 'topic', 'queue', 'segment'];
const RUN = ['channel', 'touchpoint', 'topic', 'segment'];
const STAGE = ['stage', 'channel', 'campaign', 'segment'];

const isShortAbandon: Test = ({ abandoned, waitMs }, { shortAbandonMs }) =>
  abandoned === 1 && waitMs !== undefined && waitMs < shortAbandonMs;
const isPatient: Test = (measures, settings) => !isShortAbandon(measures, settings);
const isInTime: Test = ({ answered, waitMs }, { serviceLevelMs }) =>
  answered === 1 && waitMs !== undefined && waitMs <= serviceLevelMs;
const stands: Test = ({ cancelled }) => cancelled !== 1;
const offered = both(is('offered'), isPatient);
const answeredKnown = both(is('answered'), isKnown('waitMs'));
const handledKnown = both(is('handled'), isKnown('handleMs'));

const transfersKnown = both(is('handled'), isKnown('transfers'));
const isDue: Test = ({ due, open }) => due === 1 && open !== 1;

export const MEASURES: readonly Measure[] = [
  measure(['interactions', 'interaction'], ['channel', 'type', 'touchpoint', 'source'], {}),
  measure(['sessions', 'session'], VISIT, {}),
  measure(['conversion-rate', 'session'], VISIT, { above: is('converted') }),
  measure(['contacts', 'contact'], DESK, {}),
  measure(['average-speed-of-answer', 'contact'], DESK, {
    below: answeredKnown,
    value: ({ waitMs = 0 }) => waitMs,
    hasHistogram: true,
  }),
  measure(['average-handle-time', 'contact'], DESK, {
    below: handledKnown,
    value: ({ handleMs = 0 }) => handleMs,
    hasHistogram: true,
  }),
  measure(['abandonment-rate', 'contact'], DESK, {
    below: offered,
    above: both(offered, is('abandoned')),
  }),
  measure(['service-level', 'contact'], DESK, {
    below: isPatient,
    n: ({ answered = 0, abandoned = 0 }) => answered + abandoned,
    above: both(isInTime, isPatient),
  }),
  measure(['transfer-rate', 'contact'], DESK, {
    below: transfersKnown,
    above: both(transfersKnown, ({ transfers = 0 }) => transfers > 0),
  }),
  measure(['hold-share', 'contact'], DESK, {
    below: handledKnown,
    n: ({ handleMs = 0 }) => handleMs,
    value: ({ holdMs = 0 }) => holdMs,
  }),
  measure(['first-response-time', 'contact'], DESK, {
    below: isKnown('firstResponseMs'),
    value: ({ firstResponseMs = 0 }) => firstResponseMs,
    hasHistogram: true,
  }),
  measure(['orders', 'order'], ['channel', 'store', 'campaign', 'product'], { below: stands }),
  measure(['revenue', 'order'], MONEY, { below: stands, value: ({ value = 0 }) => value }),
  measure(['net-revenue', 'order'], MONEY, {
    below: stands,
    value: ({ value = 0, refunded = 0 }) => value - refunded,
  }),
  measure(['nps', 'survey'], ANSWER, {
    below: is('nps'),
    value: ({ promoter = 0, detractor = 0 }) => promoter - detractor,
  }),
  measure(['csat', 'survey'], ANSWER, {
    below: is('csat'),
    above: both(is('csat'), is('topTwo')),
  }),
  measure(['csat-mean', 'survey'], ANSWER, {
    below: both(is('csat'), isKnown('score')),
    value: ({ score = 0 }) => score,
  }),
  measure(['ces', 'survey'], ANSWER, {
    below: both(is('ces'), isKnown('score')),
    value: ({ score = 0 }) => score,
  }),
  measure(['ces-easy-share', 'survey'], ANSWER, {
    below: is('ces'),
    above: both(is('ces'), is('easy')),
  }),
  measure(['survey-response-rate', 'invitation'], ANSWER, {
    below: is('delivered'),
    above: both(is('delivered'), is('answered')),
  }),
  measure(['first-contact-resolution', 'issue'], ISSUE, {
    below: is('resolved'),
    above: both(is('resolved'), is('resolvedOnFirst')),
  }),
  measure(['repeat-contact-rate', 'issue'], ISSUE, {
    n: ({ contacts = 0 }) => contacts,
    value: ({ repeats = 0 }) => repeats,
  }),
  measure(['handoffs-per-issue', 'issue'], ISSUE, { value: ({ handoffs = 0 }) => handoffs }),
  measure(['failed-handoff-rate', 'issue'], ISSUE, {
    n: ({ handoffs = 0 }) => handoffs,
    value: ({ failedHandoffs = 0 }) => failedHandoffs,
  }),
  measure(['resolution-time', 'issue'], ISSUE, {
    below: is('resolved'),
    value: ({ resolutionMs = 0 }) => resolutionMs,
    hasHistogram: true,
  }),
  measure(['containment', 'selfservice'], RUN, { above: is('contained') }),
  measure(['true-containment', 'selfservice'], RUN, { above: is('trulyContained') }),
  measure(['cart-abandonment-rate', 'cart'], ['channel', 'campaign', 'product', 'segment'], {
    above: is('abandoned'),
  }),
  measure(['promise-kept-rate', 'promise'], ['channel', 'topic', 'agent', 'queue'], {
    below: isDue,
    above: both(isDue, is('kept')),
  }),
  measure(['stage-funnel', 'stage'], STAGE, {}),
  measure(['time-to-stage', 'stage'], STAGE, {
    value: ({ timeToStageMs = 0 }) => timeToStageMs,
    hasHistogram: true,
  }),
];

/** What is published of every KPI recomputed here. */
export const RECOMPUTED_KPIS: readonly Pick<Measure, 'kpi' | 'version' | 'dims'>[] = MEASURES;
