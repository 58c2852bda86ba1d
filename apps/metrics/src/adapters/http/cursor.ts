import { Fault } from '#kernel';
import type { Position } from '../../application/ports.js';
import type { CorrectionPosition } from '../../application/publication-ports.js';
import type { AskedSpan } from '../../domain/asked-span.js';
import { DIMENSIONS_MAX } from '../../domain/kpi.js';
import type { Span } from '../../domain/window.js';

/** Where a listing goes on: the span it began with, and the last position shown. Opaque to callers. */
export function encodeCursor(
  span: { readonly from: string; readonly to: string },
  after: Position,
): string {
  const parts = [Date.parse(span.from), Date.parse(span.to), after.atMs, after.kind, after.key];
  return encoded(parts);
}

export function decodeCursor(cursor: string): { span: AskedSpan; after: Position } {
  const [fromMs, toMs, atMs, kind, key, ...more] = parsed(cursor);
  if (!isInstant(fromMs) || !isInstant(toMs) || !isInstant(atMs)) throw unknownCursor();
  if (!isText(kind) || !isText(key) || more.length > 0) throw unknownCursor();
  if (kind === 'interaction' && !/^[0-9a-f]{32}$/.test(key)) throw unknownCursor();
  return { span: spanBetween(fromMs, toMs), after: { atMs, kind, key } };
}

export function encodeCorrectionCursor(span: Span, after: CorrectionPosition): string {
  const { atMs, version, startMs, dims } = after;
  return encoded([span.fromMs, span.toMs, atMs, version, startMs, ...dims]);
}

export function decodeCorrectionCursor(cursor: string): {
  span: AskedSpan;
  after: CorrectionPosition;
} {
  const [fromMs, toMs, atMs, version, startMs, ...dims] = parsed(cursor);
  if (!isInstant(fromMs) || !isInstant(toMs) || !isInstant(atMs)) throw unknownCursor();
  if (!isInstant(startMs) || !isInstant(version) || Math.abs(version) > VERSION_MAX)
    throw unknownCursor();
  if (dims.length !== DIMENSIONS_MAX || !dims.every(isText)) throw unknownCursor();
  return { span: spanBetween(fromMs, toMs), after: { atMs, version, startMs, dims } };
}

function spanBetween(fromMs: number, toMs: number): AskedSpan {
  return { from: { atMs: fromMs }, to: { atMs: toMs } };
}

function encoded(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function parsed(cursor: string): unknown[] {
  const parts = json(cursor);
  if (!Array.isArray(parts)) throw unknownCursor();
  return parts as unknown[];
}

function json(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw unknownCursor();
  }
}

const INSTANT_MAX = 8_640_000_000_000_000;

/** Largest `int` of Postgres. */
const VERSION_MAX = 2_147_483_647;

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\u0000');
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= INSTANT_MAX;
}

function unknownCursor(): Fault {
  return new Fault('invalid-parameter', 'cursor: send `next` of the page before, unchanged');
}
