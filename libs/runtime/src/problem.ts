import { ERRORS, type ErrorCode } from '#contracts';
import { Fault, isFault } from '#kernel';

/** One thing that is wrong with a request, at a JSON pointer (`/interactions/3/type`) or a parameter (`window`). */
export interface ProblemError {
  readonly pointer: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** A fault of the closed list with what RFC 9457 lets a problem carry beside its detail. */
export class Problem extends Fault {
  readonly errors: readonly ProblemError[];
  readonly members: Readonly<Record<string, unknown>>;
  /** Of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: {
      errors?: readonly ProblemError[];
      members?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(code, detail, { cause: options.cause });
    this.name = 'Problem';
    this.errors = options.errors ?? [];
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly ProblemError[];
  readonly requestId: string;
}

/** Seconds after which trying again makes sense. */
const RETRY_AFTER_SECONDS: Readonly<Record<number, number>> = { 429: 1, 503: 2 };

export function retryAfterSeconds(status: number): number | undefined {
  return RETRY_AFTER_SECONDS[status];
}

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-request',
  FST_ERR_BAD_URL: 'malformed-request',
  FST_ERR_PARAM_TOO_LONG: 'malformed-request',
  FST_ERR_MAX_PARAM_LENGTH: 'malformed-request',
};

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'malformed-request',
  409: 'conflict',
  413: 'body-too-large',
  414: 'malformed-request',
  415: 'unsupported-media-type',
  422: 'invalid-parameter',
  429: 'overloaded',
  503: 'unavailable',
};

/**
 * Every failure as one problem document. Only faults of the closed list show their own detail; anything else could hold
 * text of a customer, so it shows the general help of its code.
 */
export function problemOf(
  error: unknown,
  requestId: string,
): ProblemDocument & Record<string, unknown> {
  const code = codeOf(error);
  const spec = ERRORS[code];
  return {
    ...(error instanceof Problem ? error.members : {}),
    type: `/problems/${code}`,
    title: spec.title,
    status: spec.status,
    code,
    detail: isFault(error) && error.code === code ? error.message : spec.help,
    errors: error instanceof Problem ? error.errors : [],
    requestId,
  };
}

function codeOf(error: unknown): ErrorCode {
  const own = textMember(error, 'code');
  if (isFault(error) && isErrorCode(own)) return own;
  if (isFault(error) && error.isRetriable) return 'unavailable';
  const fastify = FASTIFY_CODES[own];
  if (fastify !== undefined) return fastify;
  return STATUS_CODES[statusOf(error)] ?? 'internal';
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function textMember(error: unknown, name: string): string {
  const value: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** Nest's HttpException answers `getStatus()`, Fastify's errors carry `statusCode`. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  const getStatus: unknown = Reflect.get(error, 'getStatus');
  const status: unknown =
    typeof getStatus === 'function' ? getStatus.call(error) : Reflect.get(error, 'statusCode');
  return typeof status === 'number' ? status : 500;
}
