import { Fault, isFault } from '#kernel';

/** Serialisation failure and deadlock: run the work again, at once. */
const REPEATABLE = new Set(['40001', '40P01']);

/**
 * SQLSTATE classes that speak about the record, not about the surroundings: data exception, integrity, limits exceeded.
 * Everything else from Postgres (connection 08, resources 53, operator 57, schema 42, rights 28, read-only 25, system 58, XX …)
 * is a fault of the surroundings: the batch waits, nothing is dead-lettered because a table is missing or a disk is full.
 */
const ABOUT_THE_RECORD = new Set(['22', '23', '54']);

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** pg reports a lost or refused connection with these texts and without a code. */
const CONNECTION_TEXT =
  /connection terminated|connection ended|connection error|not queryable|timeout exceeded when trying to connect|timeout expired|query read timeout|client was closed|pool after calling end|query runner already released|connection is not established/i;

export type ErrorKind = 'repeatable' | 'unavailable' | 'about-the-record';

export function classify(error: unknown): ErrorKind {
  if (isFault(error)) return error.isRetriable ? 'unavailable' : 'about-the-record';
  const code = sqlState(error);
  if (code !== undefined) {
    if (REPEATABLE.has(code)) return 'repeatable';
    return ABOUT_THE_RECORD.has(code.slice(0, 2)) ? 'about-the-record' : 'unavailable';
  }
  return isConnectionError(error) ? 'unavailable' : 'about-the-record';
}

/** What leaves this library: Faults and the caller's own errors as they are; surroundings as retriable `unavailable`. */
export function outwards(error: unknown): unknown {
  if (isFault(error) || classify(error) === 'about-the-record') return error;
  return new Fault('unavailable', `database: ${messageOf(error)}`, {
    retriable: true,
    cause: error,
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** SQLSTATE: five characters, also inside TypeORM's wrapper. */
function sqlState(error: unknown): string | undefined {
  const code = codeOf(error) ?? codeOf(driverError(error));
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.has(code) ? code : undefined;
}

function isConnectionError(error: unknown): boolean {
  const cause = driverError(error) ?? error;
  return NETWORK.has(codeOf(cause) ?? '') || CONNECTION_TEXT.test(messageOf(cause));
}

function driverError(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
