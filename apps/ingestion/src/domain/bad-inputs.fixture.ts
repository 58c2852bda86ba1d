/**
 * Bad inputs by name, with the answer that each must get. Most stand between two good neighbours, which must be accepted
 * whatever stands between them. The table is used by the pure tests and again over HTTP.
 */
import type { ErrorCode } from '#contracts';

export interface BadInput {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly code: ErrorCode;
  readonly pointer: string;
  /** `body`: the request as a whole is refused. `interaction`: one is rejected, at `index`. */
  readonly refuses: 'body' | 'interaction';
  readonly index: number;
  /** How many of the others must be accepted. */
  readonly goodNeighbours: number;
}

/** The source of the table; tests create it. */
export const BAD_INPUT_SOURCE = 'webshop';
/** Exists, but the key of the tests may not write to it. */
export const FORBIDDEN_SOURCE = 'payroll';

const good = {
  id: 'bad-input-1',
  source: BAD_INPUT_SOURCE,
  type: 'order.placed',
  channel: 'web',
  occurredAt: '2026-05-01T10:00:00.000Z',
  identifiers: [{ type: 'email', value: 'jane@example.com' }],
  data: { orderId: 'o-1', value: '11.77', currency: 'USD' },
};

const json = (value: unknown): string => JSON.stringify(value);
const neighbour = (name: string): string => json({ ...good, id: `neighbour-${name}` });
const bytesOf = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(
    parts.flatMap((part) => [...(typeof part === 'string' ? Buffer.from(part) : part)]),
  );

/** One bad interaction, as JSON text, between two good ones. */
function between(name: string, text: string, code: ErrorCode, pointer: string): BadInput {
  const body = `[${neighbour('before')},${text},${neighbour('after')}]`;
  return { name, body, code, pointer, refuses: 'interaction', index: 1, goodNeighbours: 2 };
}

const changed = (name: string, change: object, code: ErrorCode, pointer: string): BadInput =>
  between(name, json({ ...good, ...change }), code, pointer);

const typed = (
  name: string,
  type: string,
  data: object,
  expected: readonly [ErrorCode, string],
): BadInput => changed(name, { type, data }, ...expected);

/** `data.x` with a value that only raw text can say. */
const raw = (name: string, value: string, code: ErrorCode, pointer = '/data/x'): BadInput =>
  between(name, json({ ...good, data: { x: '@' } }).replace('"@"', value), code, pointer);

const whole = (
  name: string,
  body: string | Uint8Array,
  code: ErrorCode,
  pointer = '',
): BadInput => ({
  name,
  body,
  code,
  pointer,
  refuses: 'body',
  index: 0,
  goodNeighbours: 0,
});

/** One single interaction, not in an array. */
const alone = (name: string, body: string, code: ErrorCode, pointer = ''): BadInput => ({
  name,
  body,
  code,
  pointer,
  refuses: 'interaction',
  index: 0,
  goodNeighbours: 0,
});

const text = (length: number): string => 'x'.repeat(length);
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const keys = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
const deepPointer = (levels: number): string => `/data/x${'/0'.repeat(levels)}`;
const email = (index: number): object => ({ type: 'email', value: `a${index}@example.com` });

const bodies: readonly BadInput[] = [
  whole('an empty body', '', 'malformed-json'),
  whole('only white space', '  \n', 'malformed-json'),
  whole('a truncated array', `[${neighbour('a')}`, 'malformed-json'),
  whole('a trailing comma', `[${neighbour('a')},]`, 'malformed-json'),
  whole('single quotes', "{'id': 1}", 'malformed-json'),
  whole('two documents', `${neighbour('a')}${neighbour('b')}`, 'malformed-json'),
  whole('NaN', `[${neighbour('a').replace('"11.77"', 'NaN')}]`, 'malformed-json'),
  whole('an unescaped control character', '{"id":"a\u0001b"}', 'malformed-json'),
  whole('a raw U+0000', '{"id":"a\u0000b"}', 'malformed-json'),
  whole('invalid UTF-8', bytesOf('{"id":"', [0xc3, 0x28], '"}'), 'malformed-json'),
  whole(
    'a surrogate encoded as UTF-8',
    bytesOf('{"id":"', [0xed, 0xa0, 0x80], '"}'),
    'malformed-json',
  ),
  whole('UTF-16 with byte order mark', bytesOf([0xff, 0xfe], '[\0]\0'), 'malformed-json'),
  whole('100,000 opening brackets', '['.repeat(100_000), 'malformed-json'),
  whole('an empty array', '[]', 'empty-batch'),
  whole('a batch without interactions', '{"interactions":[]}', 'empty-batch'),
  whole('a batch that is no array', '{"interactions":{}}', 'wrong-type', '/interactions'),
  whole(
    'a batch hidden behind a second one',
    `{"interactions":[${neighbour('a')}],"interactions":5}`,
    'wrong-type',
    '/interactions',
  ),
  whole(
    '1,001 interactions',
    `[${Array.from({ length: 1001 }, () => '{}').join()}]`,
    'too-many-interactions',
  ),
  whole('more than 4 MB', json([text(4 * 1024 * 1024)]), 'body-too-large'),
];

const forms: readonly BadInput[] = [
  alone('a JSON null', 'null', 'not-an-object'),
  alone('a JSON string', '"order.placed"', 'not-an-object'),
  alone('an empty object', '{}', 'missing-field', '/source'),
  between('null in the array', 'null', 'not-an-object', ''),
  between('a number in the array', '42', 'not-an-object', ''),
  between('an array in the array', '[]', 'not-an-object', ''),
  changed('no type', { type: undefined }, 'missing-field', '/type'),
  changed('no channel', { channel: undefined }, 'missing-field', '/channel'),
  changed('no occurredAt', { occurredAt: undefined }, 'missing-field', '/occurredAt'),
  changed('a null source', { source: null }, 'wrong-type', '/source'),
  changed('a numeric id', { id: 4711 }, 'wrong-type', '/id'),
  changed('an id of 201 characters', { id: text(201) }, 'too-long', '/id'),
  changed('a topic of 101 characters', { topic: text(101) }, 'too-long', '/topic'),
  changed('a source nobody made', { source: 'nobody' }, 'unknown-source', '/source'),
  changed('a source of another key', { source: FORBIDDEN_SOURCE }, 'source-not-allowed', '/source'),
  changed('an unknown type', { type: 'order.exploded' }, 'unknown-type', '/type'),
  changed('a custom type without a name', { type: 'x-' }, 'unknown-type', '/type'),
  changed('a type of the prototype', { type: 'constructor' }, 'unknown-type', '/type'),
  changed('an unknown channel', { channel: 'fax' }, 'unknown-channel', '/channel'),
  changed('an unknown stage', { stage: 'denial' }, 'invalid-value', '/stage'),
  changed('an unknown direction', { direction: 'sideways' }, 'invalid-value', '/direction'),
  changed('a negative version', { version: -1 }, 'invalid-value', '/version'),
  changed('a version with decimals', { version: 1.5 }, 'wrong-type', '/version'),
  changed('withdrawn as text', { withdrawn: 'yes' }, 'wrong-type', '/withdrawn'),
  changed('data as array', { data: [] }, 'wrong-type', '/data'),
  changed(
    'a local time without zone',
    { occurredAt: '2026-05-01T10:00:00' },
    'invalid-instant',
    '/occurredAt',
  ),
  changed(
    'a 30th of February',
    { occurredAt: '2026-02-30T10:00:00Z' },
    'invalid-instant',
    '/occurredAt',
  ),
  changed('an epoch in ms', { occurredAt: 1_777_629_600_000 }, 'wrong-type', '/occurredAt'),
  changed(
    'two years ahead',
    { occurredAt: '2999-01-01T00:00:00Z' },
    'occurred-in-future',
    '/occurredAt',
  ),
  changed('a sentAt in words', { sentAt: 'yesterday' }, 'invalid-instant', '/sentAt'),
];

const identifiers: readonly BadInput[] = [
  changed(
    'identifiers as object',
    { identifiers: { email: 'a@b.c' } },
    'wrong-type',
    '/identifiers',
  ),
  changed('a null identifier', { identifiers: [null] }, 'wrong-type', '/identifiers/0'),
  changed(
    'an identifier without value',
    { identifiers: [email(1), { type: 'email' }] },
    'missing-field',
    '/identifiers/1/value',
  ),
  changed(
    'a numeric identifier',
    { identifiers: [{ type: 'userId', value: 7 }] },
    'wrong-type',
    '/identifiers/0/value',
  ),
  changed(
    'an identifier beyond an index key',
    { identifiers: [{ type: 'deviceId', value: text(2800) }] },
    'too-long',
    '/identifiers/0/value',
  ),
  changed(
    'an identifier type with spaces',
    { identifiers: [{ type: 'e mail', value: 'a' }] },
    'invalid-value',
    '/identifiers/0/type',
  ),
  changed(
    '21 identifiers',
    { identifiers: Array.from({ length: 21 }, (_, i) => email(i)) },
    'too-many-identifiers',
    '/identifiers',
  ),
];

const contents: readonly BadInput[] = [
  typed('money with five decimals', 'order.placed', { value: '1.00001', currency: 'USD' }, [
    'invalid-money',
    '/data/value',
  ]),
  typed(
    'money as a float that is not exact',
    'order.placed',
    { value: 0.1 + 0.2, currency: 'USD' },
    ['invalid-money', '/data/value'],
  ),
  typed(
    'money with a thousands separator',
    'order.placed',
    { value: '1,000.00', currency: 'USD' },
    ['invalid-money', '/data/value'],
  ),
  typed('money without currency', 'order.placed', { value: '11.77' }, [
    'invalid-money',
    '/data/value',
  ]),
  typed('a currency in lower case', 'order.placed', { value: 1, currency: 'usd' }, [
    'invalid-value',
    '/data/currency',
  ]),
  typed('an item that is text', 'order.placed', { items: ['mug'] }, [
    'wrong-type',
    '/data/items/0',
  ]),
  typed('a negative waiting time', 'call.answered', { waitMs: -1 }, [
    'invalid-value',
    '/data/waitMs',
  ]),
  typed('an author nobody is', 'chat.message', { author: 'ghost' }, [
    'invalid-value',
    '/data/author',
  ]),
  typed('a survey without score', 'survey.answered', { instrument: 'nps' }, [
    'missing-field',
    '/data/score',
  ]),
  typed('an nps of 11', 'survey.answered', { instrument: 'nps', score: 11 }, [
    'invalid-value',
    '/data/score',
  ]),
  typed(
    'a scale upside down',
    'survey.answered',
    { instrument: 'csat', score: 3, scaleMin: 5, scaleMax: 1 },
    ['invalid-value', '/data/score'],
  ),
  typed('a promise without date', 'promise.made', { promiseId: 'p' }, [
    'missing-field',
    '/data/dueAt',
  ]),
  typed('a consent without purpose', 'consent.changed', { granted: true }, [
    'missing-field',
    '/data/purpose',
  ]),
  changed(
    'a promise without data',
    { type: 'promise.kept', data: undefined },
    'missing-field',
    '/data/promiseId',
  ),
];

const poison: readonly BadInput[] = [
  raw('U+0000 as an escape', '"a\\u0000b"', 'forbidden-character'),
  raw('the first half of a pair', '"\\ud800"', 'forbidden-character'),
  raw('the second half of a pair', '"\\udc00"', 'forbidden-character'),
  raw('two first halves', '"\\ud800\\ud800\\udc00"', 'forbidden-character'),
  raw('a half before a letter', '"\\ud83dx"', 'forbidden-character'),
  raw('U+0000 in a key', '{"a\\u0000":1}', 'forbidden-character', '/data/x/a\ufffd'),
  raw(
    'a half in a key with a slash',
    '{"a/b~\\ud800":1}',
    'forbidden-character',
    '/data/x/a~1b~0\ufffd',
  ),
  raw('an integer beyond 2^53', '9007199254740993', 'unsafe-number'),
  raw('a negative integer beyond 2^53', '[0,-9007199254740993]', 'unsafe-number', '/data/x/1'),
  raw('an integer beyond 2^53 with decimals', '9007199254740993.0', 'unsafe-number'),
  raw('an infinite number', '1e400', 'unsafe-number'),
  raw('a number that becomes zero', '1e-400', 'unsafe-number'),
  raw('31 levels in data', nested(31), 'too-deep', deepPointer(30)),
  raw('5,000 levels', nested(5000), 'too-deep', deepPointer(30)),
  changed('501 keys', { data: keys(501 - 9) }, 'too-many-keys', ''),
  changed('33 KB', { data: { x: text(33 * 1024) } }, 'too-large', ''),
  changed('32 KB of two-byte characters', { data: { x: 'é'.repeat(17 * 1024) } }, 'too-large', ''),
];

export const BAD_INPUTS: readonly BadInput[] = [
  ...bodies,
  ...forms,
  ...identifiers,
  ...contents,
  ...poison,
];
