import { AsyncLocalStorage } from 'node:async_hooks';
import { HEADER } from '#contracts';
import type { OutgoingRecord } from '#event-log';

type Headers = Readonly<Record<string, string>>;

/** Which trace a record belongs to that leaves while something is traced: its `traceparent`. */
export type TraceOf = (headers: Headers) => string | undefined;

const scope = new AsyncLocalStorage<TraceOf>();

export function inScope<Result>(traceOf: TraceOf, work: () => Result): Result {
  return scope.run(traceOf, work);
}

/** Records with the trace that they go on with; the same array when nothing is traced. */
export function withTraces(records: readonly OutgoingRecord[]): readonly OutgoingRecord[] {
  const traceOf = scope.getStore();
  if (traceOf === undefined) return records;
  return records.map((record) => {
    const traceParent = traceOf(record.headers);
    if (traceParent === undefined) return record;
    return { ...record, headers: { ...record.headers, [HEADER.traceParent]: traceParent } };
  });
}

/** What a record is about, and what caused it: as `source/id` beside the tenant. */
export function subjectsOf(headers: Headers): string[] {
  const { [HEADER.interactionSource]: source, [HEADER.interactionId]: id } = headers;
  const subjects = source === undefined || id === undefined ? [] : [`${source}/${id}`];
  const cause = headers[HEADER.causeRef];
  if (cause !== undefined) subjects.push(cause);
  return subjects.map((subject) => `${headers[HEADER.tenant] ?? ''} ${subject}`);
}
