import { pino, type LogFn, type Logger } from 'pino';
import { describeError } from './describe-error.js';

export interface LogOptions {
  readonly name: string;
  readonly level: string;
  /** People at a terminal read lines; everything else gets JSON on standard output. */
  readonly destination?: NodeJS.WritableStream;
}

/** Nest tells of every module and route at start: of no use to who runs it. Warnings of these still come. */
const CHATTER: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
]);
const INFO = 30;

/** Errors as `describeError` tells them: those of the database carry the parameters of the query and whole rows. */
export const LOG_SERIALIZERS = {
  err: describeError,
  error: (value: unknown) => (value instanceof Error ? describeError(value) : value),
};

/** JSON lines without identifiers: errors pass `describeError`, credentials are never written. */
export function createLogger(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    base: { service: options.name },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: LOG_SERIALIZERS,
    hooks: { logMethod: dropChatter },
    redact: ['authorization', 'headers', '*.authorization', '*.headers'],
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

function dropChatter(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
  const [first]: readonly unknown[] = args;
  const context: unknown =
    typeof first === 'object' && first !== null ? Reflect.get(first, 'context') : undefined;
  if (level > INFO || !CHATTER.has(context)) method.apply(this, args);
}
