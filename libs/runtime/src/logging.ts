import { pino, type Logger } from 'pino';
import { describeError } from './describe-error.js';

export interface LogOptions {
  readonly name: string;
  readonly level: string;
  /** People at a terminal read lines; everything else gets JSON on standard output. */
  readonly destination?: NodeJS.WritableStream;
}

/** JSON lines without identifiers: errors pass `describeError`, credentials are never written. */
export function createLogger(options: LogOptions): Logger {
  const settings = {
    name: options.name,
    level: options.level,
    base: { service: options.name },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: {
      err: describeError,
      error: (value: unknown) => (value instanceof Error ? describeError(value) : value),
    },
    redact: ['authorization', 'headers', '*.authorization', '*.headers'],
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}
