/**
 * What may be logged of an error: name, code, message without quoted values, and stack frames. Messages of parsers and of
 * Postgres quote the input, which may hold identifiers of customers; those never reach a log line.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code: unknown = Reflect.get(error, 'code');
  return {
    error: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: redact(error.message),
    stack: frames(error),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

const MESSAGE_LENGTH_MAX = 300;
const FRAMES_MAX = 8;

/** Quoted text, e-mail addresses, keys, and digit runs that could be phone or account numbers become `…`. */
export function redact(message: string): string {
  return message
    .slice(0, MESSAGE_LENGTH_MAX)
    .replace(/"[^"]*"|'[^']*'|\([^()]*\)=\([^()]*\)/g, '"…"')
    .replace(/[^\s@]+@[^\s@]+/g, '…')
    .replace(/\btl_[\w-]+/g, '…')
    .replace(/\+?\d[\d\s-]{5,}\d/g, '…');
}

/** A message of several lines may look like frames: it goes first. */
function frames({ stack = '', message }: Error): string[] {
  return stack
    .replace(message, () => '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim());
}
