import { Fault } from '#kernel';
import type { Position } from '../../application/ports.js';
import type { AskedSpan } from '../../domain/asked-span.js';

/** Where a listing goes on: the span it began with, and the last position shown. Opaque to callers. */
export function encodeCursor(
  span: { readonly from: string; readonly to: string },
  after: Position,
): string {
  const parts = [Date.parse(span.from), Date.parse(span.to), after.atMs, after.kind, after.key];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

export function decodeCursor(cursor: string): { span: AskedSpan; after: Position } {
  const parts = parsed(cursor);
  if (!Array.isArray(parts) || parts.length !== 5) throw unknownCursor();
  const [fromMs, toMs, atMs, kind, key] = parts as unknown[];
  if (!isInstant(fromMs) || !isInstant(toMs) || !isInstant(atMs)) throw unknownCursor();
  if (typeof kind !== 'string' || typeof key !== 'string') throw unknownCursor();
  if (key.includes('\u0000') || (kind === 'interaction' && !/^[0-9a-f]{32}$/.test(key)))
    throw unknownCursor();
  return { span: { from: { atMs: fromMs }, to: { atMs: toMs } }, after: { atMs, kind, key } };
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw unknownCursor();
  }
}

const INSTANT_MAX = 8_640_000_000_000_000;

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= INSTANT_MAX;
}

function unknownCursor(): Fault {
  return new Fault('invalid-parameter', 'cursor: send `next` of the page before, unchanged');
}
