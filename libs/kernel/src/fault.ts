/**
 * A thrown failure with a code from the closed list (`contracts/errors.ts`). Expected outcomes are returned unions instead.
 * `retriable`: the same call may succeed later (connection, lock, back-pressure); otherwise trying again is useless.
 */
export class Fault extends Error {
  readonly code: string;
  readonly isRetriable: boolean;

  constructor(
    code: string,
    detail: string,
    options: { retriable?: boolean; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.isRetriable = options.retriable ?? false;
  }
}

export function isFault(error: unknown): error is Fault {
  return error instanceof Fault;
}
