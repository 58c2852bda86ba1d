/**
 * CloudEvents 1.0 → the interaction that it carries. Structured and batch mode have the attributes in the body, binary mode
 * in `ce-` headers. Two kinds of `data` are understood:
 * - an interaction's body (it has `channel`, `identifiers` or `data`): its own members count, attributes fill what it lacks;
 * - else the data of the type: channel and dimensions come as extension attributes, and `subject` may name one identifier
 *   (`email:jane@example.com`).
 * `id`, `source`, `type` map to themselves, `time` to `occurredAt`. Found problems point into what was posted.
 */
import { IDENTIFIER_STRENGTH, identifierRank, type InputProblem } from '#contracts';
import type { JsonObject } from './raw-difference.js';

export type BodyFormat =
  | { readonly kind: 'native' }
  | { readonly kind: 'cloud-events' }
  | { readonly kind: 'cloud-event-binary'; readonly attributes: Readonly<Record<string, string>> };

export type MappedEvent =
  | {
      readonly kind: 'mapped';
      readonly posted: unknown;
      /** Where in the posted form a member of the interaction stands. */
      readonly pointerOf: (pointer: string) => string;
    }
  | { readonly kind: 'refused'; readonly problem: InputProblem };

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;
const EVENTS_TYPE = /^application\/cloudevents(-batch)?\+json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** How a request's body is to be read; undefined = its content type is not accepted. Header names are lower case. */
export function bodyFormat(headers: Headers): BodyFormat | undefined {
  const contentType = String(headers['content-type'] ?? '').trim();
  if (EVENTS_TYPE.test(contentType)) return { kind: 'cloud-events' };
  if (!JSON_TYPE.test(contentType)) return undefined;
  if (headers['ce-specversion'] === undefined) return { kind: 'native' };
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]): [string, string] => [name.slice(3), decodeHeader(String(value))]);
  return { kind: 'cloud-event-binary', attributes: Object.fromEntries(attributes) };
}

/** Header values are percent-encoded UTF-8. */
function decodeHeader(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** One element of a body of this format as the interaction that it stands for. */
export function readEvent(value: unknown, format: BodyFormat): MappedEvent {
  switch (format.kind) {
    case 'native':
      return { kind: 'mapped', posted: value, pointerOf: (pointer) => pointer };
    case 'cloud-event-binary':
      return mapEvent(format.attributes, value, '');
    case 'cloud-events':
      return isObject(value)
        ? mapEvent(value, value['data'], '/data')
        : refused('not-an-object', '', 'must be object');
  }
}

const FROM_EXTENSIONS = [
  'channel',
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
] as const;

function mapEvent(attributes: JsonObject, data: unknown, dataAt: string): MappedEvent {
  if (attributes['specversion'] !== '1.0') {
    return refused('invalid-value', '/specversion', 'must be 1.0');
  }
  if (attributes['data_base64'] !== undefined) {
    return refused('invalid-value', '/data_base64', 'is not read: send JSON in `data`');
  }
  const content = data ?? {};
  if (!isObject(content)) return refused('wrong-type', dataAt, 'must be object');
  const isBody = 'channel' in content || 'identifiers' in content || 'data' in content;
  const filled = fromAttributes(attributes);
  const posted = isBody
    ? { ...filled, ...content }
    : { ...filled, ...identifierOf(attributes['subject']), data: content };
  const own = new Set(isBody ? Object.keys(content) : []);
  return { kind: 'mapped', posted, pointerOf: pointersInto({ isBody, own, dataAt }) };
}

function fromAttributes(attributes: JsonObject): JsonObject {
  const { id, source, type, time } = attributes;
  const extensions = FROM_EXTENSIONS.map((name) => [name, attributes[name]] as const);
  const all = [
    ['id', id],
    ['source', source],
    ['type', type],
    ['occurredAt', time],
    ...extensions,
  ] as const;
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** `email:jane@example.com`; a subject that starts with no identifier type of the list is something else. */
function identifierOf(subject: unknown): JsonObject {
  if (typeof subject !== 'string') return {};
  const parts = /^(social:[^:]+|[^:]+):(.+)$/s.exec(subject);
  const [, type = '', value = ''] = parts ?? [];
  return identifierRank(type) < IDENTIFIER_STRENGTH.length
    ? { identifiers: [{ type, value }] }
    : {};
}

interface Placement {
  readonly isBody: boolean;
  readonly own: ReadonlySet<string>;
  readonly dataAt: string;
}

function pointersInto({ isBody, own, dataAt }: Placement): (pointer: string) => string {
  return (pointer) => {
    const [, member = ''] = pointer.split('/');
    if (isBody && own.has(member)) return `${dataAt}${pointer}`;
    if (!isBody && member === 'data') return `${dataAt}${pointer.slice('/data'.length)}`;
    if (member === 'occurredAt') return '/time';
    return member === 'identifiers' ? '/subject' : pointer;
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(code: InputProblem['code'], pointer: string, detail: string): MappedEvent {
  return { kind: 'refused', problem: { code, pointer, detail } };
}
