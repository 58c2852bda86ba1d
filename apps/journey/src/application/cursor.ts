import { Fault } from '#kernel';

/** Opaque to clients: where the page before ended. */
export function encodeCursor(...parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** A number followed by texts, as `encodeCursor` wrote them. */
export function decodeCursor(
  cursor: string | undefined,
  texts: number,
): [number, ...string[]] | undefined {
  if (cursor === undefined) return undefined;
  const parts = parsed(cursor);
  if (Array.isArray(parts) && parts.length === texts + 1) {
    const [first, ...rest] = parts as unknown[];
    if (Number.isSafeInteger(first) && rest.every((part) => typeof part === 'string'))
      return parts as [number, ...string[]];
  }
  throw new Fault('invalid-parameter', 'cursor: use the `next` of the page before, unchanged.');
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
