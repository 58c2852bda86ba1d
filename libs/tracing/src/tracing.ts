import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Link, Span, SpanContext, Tracer } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler, SamplingResult, SpanExporter } from '@opentelemetry/sdk-trace';
import { HEADER } from '#contracts';
import type { LogRecord, RecordBatch } from '#event-log';
import { isFault } from '#kernel';
import { inScope, subjectsOf } from './trace-scope.js';
import { isSampled, readTraceParent, writeTraceParent } from './trace-parent.js';

/** Spans for records of one batch; the others only pass their trace on. */
const RECORD_SPANS_MAX = 100;
const HTTP_SERVER_ERROR = 500;

export interface TracingOptions {
  /** Name of the process. */
  readonly service: string;
  /** Share of the requests without a trace of their own that begin one: 0 to 1. */
  readonly ratio: number;
  /** None: contexts pass on, nothing is recorded. */
  readonly exporter?: SpanExporter;
}

export interface RequestTrace {
  /** What leaves while `work` runs goes on with the trace of this request. */
  run<Result>(work: () => Result): Result;
  end(answer: { readonly route: string; readonly method: string; readonly status: number }): void;
}

interface TracedRecord {
  readonly record: LogRecord;
  readonly parent: SpanContext;
}

export function openTracing({ service, ratio, exporter }: TracingOptions): Tracing {
  if (exporter === undefined) return new Tracing(trace.getTracer('touchline'), undefined);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'touchline' }),
    sampler: new ParentBasedSampler({ root: new RequestsByRatio(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  return new Tracing(provider.getTracer('touchline'), provider);
}

/** A batch is recorded whenever it holds a traced record: only then is its span begun. */
class RequestsByRatio implements Sampler {
  private readonly byRatio: TraceIdRatioBasedSampler;

  constructor(ratio: number) {
    this.byRatio = new TraceIdRatioBasedSampler(ratio);
  }

  shouldSample(parent: Context, traceId: string, _name: string, kind: SpanKind): SamplingResult {
    if (kind === SpanKind.CONSUMER) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    return this.byRatio.shouldSample(parent, traceId);
  }

  toString(): string {
    return `RequestsByRatio{${this.byRatio.toString()}}`;
  }
}

export class Tracing {
  constructor(
    private readonly tracer: Tracer,
    private readonly provider: TracerProvider | undefined,
  ) {}

  /** @param traceParent as the caller sent it */
  startRequest(traceParent: string | undefined): RequestTrace {
    const parent = readTraceParent(traceParent);
    const span = this.start('request', { kind: SpanKind.SERVER, parent });
    const spanContext = span.spanContext();
    const own = isSampled(spanContext) ? writeTraceParent(spanContext) : undefined;
    return {
      run: (work) => (own === undefined ? work() : inScope(() => own, work)),
      end: ({ route, method, status }) => {
        span.updateName(`${method} ${route}`);
        span.setAttributes({
          'http.request.method': method,
          'http.route': route,
          'http.response.status_code': status,
        });
        if (status >= HTTP_SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  /** Runs the handler of a batch; what it throws is thrown on. */
  async aroundBatch<Result>(
    { group, records }: RecordBatch,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const traced = records.flatMap((record): TracedRecord[] => {
      const parent = readTraceParent(record.headers[HEADER.traceParent]);
      return parent === undefined ? [] : [{ record, parent }];
    });
    if (traced.length === 0) return work();
    const spanned = traced.slice(0, RECORD_SPANS_MAX);
    const batch = this.start(`${group} batch`, {
      kind: SpanKind.CONSUMER,
      links: spanned.map(({ parent }) => ({ context: parent })),
      attributes: {
        'messaging.system': 'touchline',
        'messaging.consumer.group.name': group,
        'messaging.batch.message_count': records.length,
      },
    });
    const spans = spanned.map((each) => this.startRecord(group, each, batch));
    const traces = new Map<string, string>();
    for (const [index, { record, parent }] of traced.entries()) {
      const own = writeTraceParent(spans[index]?.spanContext() ?? parent);
      // Of several records about one interaction the first goes on.
      for (const subject of subjectsOf(record.headers)) {
        if (!traces.has(subject)) traces.set(subject, own);
      }
    }
    const all = [...spans, batch];
    try {
      return await inScope((headers) => {
        const subject = subjectsOf(headers).find((each) => traces.has(each));
        return subject === undefined ? undefined : traces.get(subject);
      }, work);
    } catch (error) {
      const message = isFault(error) ? error.code : error instanceof Error ? error.name : 'unknown';
      for (const span of all) span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      for (const span of all) span.end();
    }
  }

  /** Sends what waits; a collector that is away is waited for no longer than its time-out. */
  async close(): Promise<void> {
    await this.provider?.shutdown();
  }

  private startRecord(group: string, { record, parent }: TracedRecord, batch: Span): Span {
    const batchContext = batch.spanContext();
    return this.start(`${group} ${record.topic}`, {
      kind: SpanKind.CONSUMER,
      parent,
      links: isSampled(batchContext) ? [{ context: batchContext }] : [],
      attributes: {
        'messaging.system': 'touchline',
        'messaging.destination.name': record.topic,
        'messaging.consumer.group.name': group,
        ...(record.headers[HEADER.cause] && { 'touchline.cause': record.headers[HEADER.cause] }),
      },
    });
  }

  private start(
    name: string,
    options: {
      readonly kind: SpanKind;
      readonly parent?: SpanContext | undefined;
      readonly links?: Link[];
      readonly attributes?: Attributes;
    },
  ): Span {
    const { parent, ...rest } = options;
    const base = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    return this.tracer.startSpan(name, rest, base);
  }
}
