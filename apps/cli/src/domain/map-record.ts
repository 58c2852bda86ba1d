import { err, ok, type Result } from '#kernel';
import type { FieldRule, Mapping } from './mapping.js';
import { readInstant } from './read-instant.js';

/**
 * One record of a file and the mapping → the interaction to post, still without a derived id and not shifted. Pure. A
 * record that the mapping cannot read is a problem that names the column; whether the interaction is good is decided by
 * ingestion alone.
 */
export type RecordValues = Readonly<Record<string, unknown>>;
export type Draft = Record<string, unknown>;

export interface MappingProblem {
  readonly code: 'unreadable-record';
  readonly detail: string;
}

export function mapRecord(mapping: Mapping, values: RecordValues): Result<Draft, MappingProblem> {
  const isAsIs = mapping.format === 'ndjson' && Object.keys(mapping.fields).length === 0;
  const draft: Draft = isAsIs ? { ...values } : {};
  if (mapping.source !== undefined) draft['source'] = mapping.source;
  for (const [target, value] of Object.entries(mapping.constants)) assign(draft, target, value);
  for (const [target, rule] of Object.entries(mapping.fields)) {
    const read = readColumn(values, rule);
    if (!read.ok) return read;
    if (read.value !== undefined) assign(draft, target, read.value);
  }
  return ok(draft);
}

function readColumn(values: RecordValues, rule: FieldRule): Result<unknown, MappingProblem> {
  const raw = rule.column in values ? values[rule.column] : follow(values, rule.column);
  const text = typeof raw === 'string' ? raw.trim() : raw;
  if (text === undefined || text === null || text === '') {
    return rule.default === undefined ? ok(undefined) : read(rule.default, rule);
  }
  return typeof text === 'object' ? ok(text) : read(String(text), rule);
}

/** A dotted path into nested JSON. */
function follow(values: RecordValues, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null;
    return isObject ? (value as Record<string, unknown>)[name] : undefined;
  }, values);
}

function read(given: string, rule: FieldRule): Result<unknown, MappingProblem> {
  const text = (rule.prefix ?? '') + (rule.values?.[given] ?? given);
  if (rule.date !== undefined) {
    const at = readInstant(text, { date: rule.date, time: rule.time, zone: rule.zone });
    return at === undefined
      ? unreadable(rule, `a date like ${rule.date}`)
      : ok(new Date(at).toISOString());
  }
  switch (rule.as ?? 'text') {
    case 'text':
      return ok(text);
    case 'lower':
      return ok(text.toLowerCase());
    case 'upper':
      return ok(text.toUpperCase());
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? ok(Number(text)) : unreadable(rule, 'an integer');
    case 'decimal':
      return /^[+-]?\d+(\.\d+)?$/.test(text) ? ok(text) : unreadable(rule, 'a decimal number');
    case 'boolean':
      return readBoolean(text, rule);
    case 'json':
      return readJson(text, rule);
  }
}

function readBoolean(text: string, rule: FieldRule): Result<unknown, MappingProblem> {
  if (/^(true|yes|y|1)$/i.test(text)) return ok(true);
  return /^(false|no|n|0)$/i.test(text) ? ok(false) : unreadable(rule, 'true or false');
}

function readJson(text: string, rule: FieldRule): Result<unknown, MappingProblem> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return unreadable(rule, 'JSON');
  }
}

/** The value itself is not repeated: it may be personal. */
function unreadable(rule: FieldRule, expected: string): Result<never, MappingProblem> {
  return err({ code: 'unreadable-record', detail: `column ${rule.column} is not ${expected}` });
}

function assign(draft: Draft, target: string, value: unknown): void {
  if (target.startsWith('identifiers.')) {
    const identifiers = (draft['identifiers'] ?? []) as unknown[];
    draft['identifiers'] = [...identifiers, { type: target.slice('identifiers.'.length), value }];
    return;
  }
  const path = target.split('.');
  const last = path.pop() ?? target;
  let place = draft;
  for (const name of path) {
    const inner = place[name];
    const next: Draft = typeof inner === 'object' && inner !== null ? { ...inner } : {};
    place[name] = next;
    place = next;
  }
  place[last] = value;
}
