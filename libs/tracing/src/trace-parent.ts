import { isSpanContextValid, TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** The sampled context that a W3C `traceparent` names; undefined for anything else. */
export function readTraceParent(text: string | undefined): SpanContext | undefined {
  if (text === undefined) return undefined;
  const context = parseTraceParent(text);
  return context !== null && isSampled(context) ? { ...context, isRemote: true } : undefined;
}

export function writeTraceParent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

export function isSampled(context: SpanContext): boolean {
  return isSpanContextValid(context) && (context.traceFlags & TraceFlags.SAMPLED) !== 0;
}
