/**
 * The closed list of error codes. Each becomes an RFC 9457 problem whose `type` is `/problems/<code>` on every service.
 * `help` tells the caller what to do. Adding a code = one line here.
 */
export interface ErrorSpec {
  readonly status: number;
  readonly title: string;
  readonly help: string;
}

const spec = (status: number, title: string, help: string): ErrorSpec => ({ status, title, help });

export const ERRORS = {
  // requests
  'malformed-json': spec(
    400,
    'The body is not valid JSON',
    'Send UTF-8 JSON; see `detail` for the place.',
  ),
  'malformed-request': spec(
    400,
    'The HTTP request is not valid',
    'Check address, headers and body length.',
  ),
  'unsupported-media-type': spec(
    415,
    'This content type is not accepted',
    'Send application/json or a CloudEvents type.',
  ),
  'body-too-large': spec(
    413,
    'The body is too large',
    'At most 4 MB and 1,000 interactions a request: split it.',
  ),
  'too-many-interactions': spec(
    413,
    'Too many interactions in one request',
    'At most 1,000 a request: split it.',
  ),
  'empty-batch': spec(422, 'The request holds no interaction', 'Send at least one.'),
  'no-valid-interaction': spec(
    422,
    'No interaction of the request was accepted',
    'See `rejected` for code and pointer of each.',
  ),
  'invalid-parameter': spec(
    422,
    'A parameter is not valid',
    'See `errors` for the parameter and what it accepts.',
  ),
  'unknown-identifier-type': spec(
    422,
    'No identity rule names this identifier type',
    'Use a type of GET /v1/identity/rules.',
  ),
  'unparseable-identifier': spec(
    422,
    'The identifier cannot be read',
    'Send `type:value`, e.g. `email:jane@example.com`, or a profile id.',
  ),
  'blocked-identifier': spec(
    422,
    'The identifier is a placeholder',
    'Name an identifier that belongs to somebody.',
  ),
  'same-ends': spec(422, 'Both ends are the same identifier', 'Name two different identifiers.'),
  'no-such-call': spec(
    404,
    'There is no such call',
    'GET /v1/identity/calls lists all that were made.',
  ),
  'tenant-too-large': spec(
    422,
    'The tenant is too large to be solved in memory',
    'See `detail` for the limit.',
  ),
  'rules-need-replay': spec(
    422,
    'The rules read stored interactions otherwise',
    'See `errors`: change the other rules alone, these once what they name can be replayed.',
  ),
  'activation-under-way': spec(
    409,
    'Other rules are being activated',
    'See GET /v1/identity/rules for its state, and send these when it is finished.',
  ),
  'replay-under-way': spec(
    409,
    'A replay is under way',
    'Look at its progress; stop it, or wait until it is finished.',
  ),
  'profile-too-large': spec(
    422,
    'The profile is too large to be erased in one transaction',
    'See `detail` for the limit.',
  ),
  'several-currencies': spec(
    422,
    'Money of several currencies cannot be added',
    'Add `filter[currency]=` or `by=currency`.',
  ),
  unauthenticated: spec(401, 'An API key is needed', 'Send `Authorization: Bearer <key>`.'),
  forbidden: spec(
    403,
    'The API key does not allow this',
    'Use a key with the scope named in `detail`.',
  ),
  'not-found': spec(404, 'There is no such thing', 'Check the id or the address.'),
  'method-not-allowed': spec(405, 'This method is not allowed here', 'See /docs.'),
  conflict: spec(409, 'It exists already', 'Choose another name or read the existing one.'),
  'too-many-streams': spec(
    429,
    'Too many streams are open',
    'Close one, or wait: a stream that ended gives its place free.',
  ),
  'stream-position-gone': spec(
    410,
    'The event id is of another log',
    'Read what stands by the API, then open the stream without `Last-Event-ID`.',
  ),
  'rate-limited': spec(
    429,
    'The API key is used faster than it may be',
    'Wait as `Retry-After` says; `RateLimit-*` tell how much is left. An admin can change the limits of the key.',
  ),
  overloaded: spec(429, 'Too many requests', 'Wait as `Retry-After` says.'),
  unavailable: spec(
    503,
    'A dependency is not available',
    'Wait as `Retry-After` says and send the same again: a repeat changes nothing.',
  ),
  'log-incarnation-changed': spec(
    503,
    'The event log is not the one that the stored offsets belong to',
    'Point to the former log, or run `touchline doctor` to rebuild from the archive.',
  ),
  'offset-out-of-range': spec(
    503,
    'A stored offset lies outside what the event log holds',
    'Run `touchline doctor` to rebuild from the archive; nothing was skipped.',
  ),
  internal: spec(500, 'Something went wrong on our side', 'Report the requestId.'),
  // interactions (rejections)
  'not-an-object': spec(422, 'The interaction is not a JSON object', 'Send an object.'),
  'missing-field': spec(422, 'A required field is missing', 'Add the field at `pointer`.'),
  'wrong-type': spec(422, 'A field has the wrong type', 'Send the type named in `detail`.'),
  'invalid-value': spec(
    422,
    'A field has a value that is not allowed',
    'See `detail` for what is allowed.',
  ),
  'too-long': spec(422, 'A field is too long', 'See `detail` for the limit.'),
  'too-large': spec(422, 'The interaction is too large', 'At most 32 KB.'),
  'too-deep': spec(422, 'The interaction is nested too deeply', 'At most 32 levels.'),
  'too-many-keys': spec(422, 'The interaction has too many keys', 'At most 500.'),
  'too-many-identifiers': spec(422, 'The interaction has too many identifiers', 'At most 20.'),
  'unknown-type': spec(
    422,
    'The type is not known',
    "Use a type of the list, or a custom one that starts with 'x-'.",
  ),
  'unknown-channel': spec(422, 'The channel is not known', 'Use a channel of the list.'),
  'unknown-source': spec(
    422,
    'The source does not exist',
    'Create it, or use one that the key may write to.',
  ),
  'source-not-allowed': spec(
    422,
    'The API key may not write to this source',
    'Use a key of that source.',
  ),
  'invalid-instant': spec(
    422,
    'The instant is not RFC 3339',
    'Send e.g. 2026-05-01T10:00:00.000Z.',
  ),
  'occurred-in-future': spec(
    422,
    'The interaction lies in the future',
    'Check the clock of the source.',
  ),
  'too-old': spec(
    422,
    'The interaction is older than the tenant keeps',
    'Nothing that occurred more than `retentionDays` before its receipt is kept: raise that setting (PUT /v1/settings), then replay the rejection.',
  ),
  'forbidden-character': spec(
    422,
    'The text holds a character that cannot be stored',
    'Remove U+0000 and lone surrogates; let no key end in a backslash.',
  ),
  'unsafe-number': spec(
    422,
    'The number cannot be kept exactly',
    'Send integers within ±(2^53 − 1) and finite numbers, or a string.',
  ),
  'invalid-money': spec(
    422,
    'The amount is not money',
    'Send a decimal string or a number with at most 4 decimals, and `currency`.',
  ),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;
