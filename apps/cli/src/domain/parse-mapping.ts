import { err, ok, type Result } from '#kernel';
import { FORMATS, READINGS, type FieldRule, type Mapping, type Shift } from './mapping.js';

/**
 * Checks a mapping as read from YAML and says everything that is wrong with it at once, in sentences that name the place.
 */
const TARGETS = [
  'id',
  'type',
  'channel',
  'source',
  'occurredAt',
  'sentAt',
  'conversation',
  'direction',
  'topic',
  'touchpoint',
  'stage',
  'agent',
  'queue',
  'product',
  'campaign',
  'store',
  'version',
  'withdrawn',
];
const RULE_MEMBERS = ['column', 'as', 'date', 'time', 'zone', 'prefix', 'values', 'default'];
const MEMBERS = ['format', 'columns', 'delimiter', 'source', 'constants', 'fields', 'shift'];

type Members = Record<string, unknown>;

export function parseMapping(input: unknown): Result<Mapping, readonly string[]> {
  if (!isMembers(input)) return err(['the mapping must be an object']);
  const faults = [
    ...unknownMembers(input, MEMBERS, ''),
    ...formatFaults(input),
    ...columnFaults(input),
    ...constantFaults(input['constants']),
    ...fieldFaults(input['fields']),
    ...shiftFaults(input['shift']),
  ];
  if (faults.length > 0) return err(faults);
  return ok({
    format: input['format'] as Mapping['format'],
    columns: input['columns'] as Mapping['columns'],
    delimiter: input['delimiter'] as string | undefined,
    source: input['source'] as string | undefined,
    constants: (input['constants'] ?? {}) as Mapping['constants'],
    fields: (input['fields'] ?? {}) as Record<string, FieldRule>,
    shift: input['shift'] as Shift | undefined,
  });
}

function formatFaults({ format, source, fields, constants, delimiter }: Members): string[] {
  const faults: string[] = [];
  if (!FORMATS.some((known) => known === format)) {
    faults.push(`format must be one of ${FORMATS.join(', ')}`);
  }
  if (source !== undefined && typeof source !== 'string') faults.push('source must be text');
  if (delimiter !== undefined && typeof delimiter !== 'string')
    faults.push('delimiter must be text');
  if (format === 'ndjson') return faults;
  const targets = { ...asMembers(constants), ...asMembers(fields) };
  for (const needed of ['type', 'channel', 'occurredAt']) {
    if (!(needed in targets)) faults.push(`${needed} must be given in constants or fields`);
  }
  if (typeof source !== 'string' && !('source' in targets)) faults.push('source must be given');
  return faults;
}

function columnFaults({ format, columns }: Members): string[] {
  if (format === 'fixed-width') {
    if (!isMembers(columns)) return ['columns must be given as name: [first, last]'];
    return Object.entries(columns)
      .filter(([, range]) => !isRange(range))
      .map(([name]) => `columns.${name} must be [first, last], counted from 1`);
  }
  if (columns === undefined) return [];
  const isList = Array.isArray(columns) && columns.every((name) => typeof name === 'string');
  return format === 'csv' && isList ? [] : ['columns must be a list of names, and only for csv'];
}

function isRange(range: unknown): boolean {
  if (!Array.isArray(range) || range.length !== 2) return false;
  const [first, last] = range as unknown[];
  return (
    Number.isInteger(first) &&
    Number.isInteger(last) &&
    Number(first) >= 1 &&
    Number(last) >= Number(first)
  );
}

function constantFaults(constants: unknown): string[] {
  if (constants === undefined) return [];
  if (!isMembers(constants)) return ['constants must be an object'];
  return Object.keys(constants).flatMap((target) => targetFault(target, 'constants'));
}

function fieldFaults(fields: unknown): string[] {
  if (fields === undefined) return [];
  if (!isMembers(fields)) return ['fields must be an object'];
  return Object.entries(fields).flatMap(([target, rule]) => [
    ...targetFault(target, 'fields'),
    ...ruleFaults(target, rule),
  ]);
}

function targetFault(target: string, place: string): string[] {
  const isKnown = TARGETS.includes(target) || /^(data|identifiers)\..+/.test(target);
  return isKnown ? [] : [`${place}.${target} is no field of an interaction`];
}

function ruleFaults(target: string, rule: unknown): string[] {
  const place = `fields.${target}`;
  if (!isMembers(rule)) return [`${place} must be an object with a column`];
  const faults = unknownMembers(rule, RULE_MEMBERS, `${place}.`);
  if (typeof rule['column'] !== 'string') faults.push(`${place}.column must be given`);
  if (rule['as'] !== undefined && !READINGS.some((known) => known === rule['as'])) {
    faults.push(`${place}.as must be one of ${READINGS.join(', ')}`);
  }
  if (rule['time'] !== undefined && !/^\d\d:\d\d$/.test(String(rule['time']))) {
    faults.push(`${place}.time must be HH:mm`);
  }
  for (const member of ['date', 'zone', 'prefix', 'default']) {
    if (rule[member] !== undefined && typeof rule[member] !== 'string') {
      faults.push(`${place}.${member} must be text`);
    }
  }
  if (rule['values'] !== undefined && !isMembers(rule['values'])) {
    faults.push(`${place}.values must be an object`);
  }
  return faults;
}

function shiftFaults(shift: unknown): string[] {
  if (shift === undefined) return [];
  if (isMembers(shift) && Number.isInteger(shift['days'])) return [];
  if (isMembers(shift) && shift['lastDate'] === 'yesterday') return [];
  return ['shift must be { days: <integer> } or { lastDate: yesterday }'];
}

function unknownMembers(members: Members, known: readonly string[], place: string): string[] {
  return Object.keys(members)
    .filter((name) => !known.includes(name))
    .map((name) => `${place}${name} is not known; known are ${known.join(', ')}`);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const asMembers = (value: unknown): Members => (isMembers(value) ? value : {});
