import type {
  BehindRequest,
  CorrectionsRequest,
  KpiRequest,
} from '../../application/answering/kpi-request.js';
import type { Filter, Position } from '../../application/ports.js';
import type { AskedSpan, Moment } from '../../domain/asked-span.js';
import { PERIODS } from '../../domain/bucket.js';
import type { Period } from '../../domain/bucket.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { Dimension } from '../../domain/observation.js';
import { isWindowName, WINDOWS } from '../../domain/window.js';
import type { WindowName } from '../../domain/window.js';
import { parseInstant } from '#contracts';
import { jsonPointer, shownName } from '#kernel';
import { Problem } from '#runtime';
import { decodeCorrectionCursor, decodeCursor } from './cursor.js';

/** Query of a request as Fastify hands it over: `filter[channel]` is a name of its own; repeated names are lists. */
export type RawQuery = Readonly<Record<string, unknown>>;

const DEFAULT_WINDOW: WindowName = '24h';
export const TABLE_WINDOWS: readonly WindowName[] = ['1h', '24h', '7d', '30d'];
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const FILTER_VALUES_MAX = 100;
const FILTER_NAME = /^filter\[(\w+)\]$/;
const SHARED = ['window', 'from', 'to', 'by'];

type Asked = { readonly tenant: string; readonly kpi: KpiDefinition };

export function kpiRequest(asked: Asked, query: RawQuery): KpiRequest {
  refuseUnknown(query, [...SHARED, 'bucket', 'compare', 'asOf']);
  const compare = text(query, 'compare');
  if (compare !== undefined && compare !== 'previous')
    throw invalid('compare', 'compare takes: previous');
  return {
    ...asked,
    span: spanAsked(query),
    by: byOf(asked.kpi, query),
    filters: filtersOf(asked.kpi, query),
    bucket: periodOf(query),
    isCompared: compare === 'previous',
    asOfMs: asOf(query),
  };
}

/** A cursor carries its span: pages of a rolling window must not roll on between them. */
export function behindRequest(asked: Asked, query: RawQuery): BehindRequest {
  if (query['asOf'] !== undefined)
    throw invalid('asOf', 'facts are kept current only: leave asOf out');
  refuseUnknown(query, [...SHARED, 'bucket', 'compare', 'cursor', 'limit']);
  const cursor = text(query, 'cursor');
  const page: { span: AskedSpan; after?: Position } =
    cursor === undefined ? { span: spanAsked(query) } : decodeCursor(cursor);
  return {
    ...asked,
    ...page,
    by: byOf(asked.kpi, query),
    filters: filtersOf(asked.kpi, query),
    limit: limitOf(query),
  };
}

export function correctionsRequest(asked: Asked, query: RawQuery): CorrectionsRequest {
  refuseUnknown(query, ['window', 'from', 'to', 'cursor', 'limit']);
  const cursor = text(query, 'cursor');
  return {
    ...asked,
    ...(cursor === undefined ? { span: spanAsked(query) } : decodeCorrectionCursor(cursor)),
    filters: filtersOf(asked.kpi, query),
    limit: limitOf(query),
  };
}

/** An instant; what it means is said in README: whole buckets, as they were published by then. */
export function asOf(query: RawQuery): number | undefined {
  const given = text(query, 'asOf');
  if (given === undefined) return undefined;
  const atMs = parseInstant(given);
  if (atMs === undefined) throw invalid('asOf', 'asOf takes an instant (2026-05-01T10:00:00Z)');
  return atMs;
}

export function tableWindows(query: RawQuery): readonly WindowName[] {
  refuseUnknown(query, ['windows', 'asOf']);
  const names = text(query, 'windows')?.split(',') ?? TABLE_WINDOWS;
  return [...new Set(names)].map((name) => windowNamed(name, 'windows'));
}

function spanAsked(query: RawQuery): AskedSpan {
  const window = text(query, 'window');
  const from = text(query, 'from');
  const to = text(query, 'to');
  if (from === undefined && to === undefined) {
    return { window: windowNamed(window ?? DEFAULT_WINDOW, 'window') };
  }
  if (window !== undefined) throw invalid('window', 'ask either a window, or from and to');
  if (from === undefined || to === undefined) {
    throw invalid(from === undefined ? 'from' : 'to', 'from and to go together');
  }
  return { from: momentOf(from, 'from'), to: momentOf(to, 'to') };
}

function windowNamed(name: string, parameter: string): WindowName {
  if (!isWindowName(name)) {
    throw invalid(parameter, `${parameter} takes: ${Object.keys(WINDOWS).join(', ')}`);
  }
  return name;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function momentOf(value: string, parameter: string): Moment {
  const isDate = DATE.test(value);
  const atMs = parseInstant(isDate ? `${value}T00:00:00Z` : value);
  if (atMs !== undefined) return isDate ? { date: value } : { atMs };
  const detail = `${parameter} takes a date (2026-05-01) or an instant (2026-05-01T10:00:00Z)`;
  throw invalid(parameter, detail);
}

function byOf(kpi: KpiDefinition, query: RawQuery): readonly Dimension[] {
  const names = text(query, 'by')?.split(',') ?? [];
  return [...new Set(names)].map((name) => dimensionNamed(kpi, name, 'by'));
}

function filtersOf(kpi: KpiDefinition, query: RawQuery): readonly Filter[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const dimension = FILTER_NAME.exec(name)?.[1];
    if (dimension === undefined) return [];
    const values = (Array.isArray(value) ? value : [value]).map(String);
    if (values.length > FILTER_VALUES_MAX)
      throw invalid(name, `at most ${FILTER_VALUES_MAX} values`);
    if (values.some((each) => each.includes('\u0000')))
      throw invalid(name, 'U+0000 is in no value');
    return [{ dimension: dimensionNamed(kpi, dimension, name), values }];
  });
}

function dimensionNamed(kpi: KpiDefinition, name: string, parameter: string): Dimension {
  const dimension = kpi.dimensions.find((each) => each === name);
  if (dimension === undefined) {
    throw invalid(
      parameter,
      `${kpi.name} has no other dimensions than ${kpi.dimensions.join(', ')}`,
    );
  }
  return dimension;
}

function periodOf(query: RawQuery): Period | undefined {
  const name = text(query, 'bucket');
  if (name === undefined) return undefined;
  const period = PERIODS.find((each) => each === name);
  if (period === undefined) throw invalid('bucket', `bucket takes: ${PERIODS.join(', ')}`);
  return period;
}

function limitOf(query: RawQuery): number {
  const given = text(query, 'limit') ?? String(LIMIT_DEFAULT);
  const limit = /^\d{1,6}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > LIMIT_MAX) throw invalid('limit', `limit takes 1 to ${LIMIT_MAX}`);
  return limit;
}

function text(query: RawQuery, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(name, `${name} stands once`);
  return value;
}

/** A misspelled parameter must not silently widen the answer. */
function refuseUnknown(query: RawQuery, known: readonly string[]): void {
  for (const name of Object.keys(query)) {
    if (!known.includes(name) && !FILTER_NAME.test(name)) {
      throw invalid(
        name,
        `there is no parameter ${shownName(name)}; known: ${known.join(', ')}, filter[dimension]`,
      );
    }
  }
}

function invalid(parameter: string, detail: string): Problem {
  const pointer = jsonPointer(shownName(parameter));
  return new Problem('invalid-parameter', detail, {
    errors: [{ pointer, code: 'invalid-parameter', detail }],
  });
}
