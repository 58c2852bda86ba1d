import { describe, expect, it } from '@jest/globals';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { HEADER } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { Fault } from '#kernel';
import { openTracing, Tracing, withTraces } from './index.js';
import type { SpanExporter } from './index.js';

const TRACE = 'a'.repeat(32);
const PARENT = `00-${TRACE}-${'b'.repeat(16)}-01`;

class Kept implements SpanExporter {
  readonly spans: ReadableSpan[] = [];

  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    this.spans.push(...spans);
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function open(ratio = 0): { tracing: Tracing; kept: Kept } {
  const kept = new Kept();
  return { tracing: openTracing({ service: 'test', ratio, exporter: kept }), kept };
}

function record(id: string, headers: Record<string, string> = {}): LogRecord {
  const own = {
    [HEADER.tenant]: 't',
    [HEADER.interactionSource]: 's',
    [HEADER.interactionId]: id,
    ...headers,
  };
  return {
    topic: 'in',
    key: id,
    headers: own,
    value: null,
    partition: 0,
    offset: 0,
    appendedAt: 0,
  };
}

function outgoing(headers: Record<string, string>): OutgoingRecord {
  return { topic: 'out', key: '', headers: { [HEADER.tenant]: 't', ...headers }, value: null };
}

const about = (id: string): OutgoingRecord =>
  outgoing({ [HEADER.interactionSource]: 's', [HEADER.interactionId]: id });
const batchOf = (records: LogRecord[]) => ({ group: 'g', incarnation: 'i', records });
const parentsOf = (records: readonly OutgoingRecord[]) =>
  records.map(({ headers }) => headers[HEADER.traceParent]);

describe('traces of a batch', () => {
  it('go on with what an interaction came to, by what it is about or what caused it', async () => {
    const { tracing, kept } = open();
    const batch = batchOf([record('1', { [HEADER.traceParent]: PARENT }), record('2')]);
    const left = [
      about('1'),
      outgoing({ [HEADER.causeRef]: 's/1' }),
      about('2'),
      outgoing({ [HEADER.causeRef]: 's/1', [HEADER.tenant]: 'another' }),
      outgoing({}),
    ];
    const stamped = await tracing.aroundBatch(batch, async () => withTraces(left));
    await tracing.close();
    const own = kept.spans.find(({ name }) => name === 'g in');
    const parent = `00-${TRACE}-${own?.spanContext().spanId}-01`;
    expect(parentsOf(stamped)).toEqual([parent, parent, undefined, undefined, undefined]);
    expect(own?.parentSpanContext?.spanId).toBe('b'.repeat(16));
    const whole = kept.spans.find(({ name }) => name === 'g batch');
    expect(whole?.links.map(({ context }) => context.traceId)).toEqual([TRACE]);
  });

  it('cost nothing when no record is traced, or the caller sampled none', async () => {
    const { tracing, kept } = open(1);
    const unsampled = PARENT.replace(/01$/, '00');
    const left = [about('1')];
    const none: Record<string, string> = {};
    for (const headers of [
      none,
      { [HEADER.traceParent]: unsampled },
      { [HEADER.traceParent]: 'no' },
    ]) {
      const stamped = await tracing.aroundBatch(batchOf([record('1', headers)]), async () =>
        withTraces(left),
      );
      expect(stamped).toBe(left);
    }
    await tracing.close();
    expect(kept.spans).toEqual([]);
  });

  it('are at most a hundred spans; the others pass on as they came', async () => {
    const { tracing, kept } = open();
    const records = Array.from({ length: 150 }, (_, index) =>
      record(String(index), { [HEADER.traceParent]: PARENT }),
    );
    const stamped = await tracing.aroundBatch(batchOf(records), async () =>
      withTraces([about('0'), about('149')]),
    );
    await tracing.close();
    expect(kept.spans.filter(({ name }) => name === 'g in')).toHaveLength(100);
    expect(parentsOf(stamped)[0]).not.toBe(PARENT);
    expect(parentsOf(stamped)[1]).toBe(PARENT);
  });

  it('tell of a failure by its code alone', async () => {
    const { tracing, kept } = open();
    const batch = batchOf([record('1', { [HEADER.traceParent]: PARENT })]);
    const failure = new Fault('unavailable', 'jane@example.com is not there');
    await expect(tracing.aroundBatch(batch, () => Promise.reject(failure))).rejects.toBe(failure);
    await tracing.close();
    expect(kept.spans.map(({ status }) => status.message)).toEqual(['unavailable', 'unavailable']);
    expect(kept.spans.flatMap(({ events }) => events)).toEqual([]);
  });

  it('pass on where nothing is recorded', async () => {
    const tracing = openTracing({ service: 'test', ratio: 1 });
    const batch = batchOf([record('1', { [HEADER.traceParent]: PARENT })]);
    const stamped = await tracing.aroundBatch(batch, async () => withTraces([about('1')]));
    expect(parentsOf(stamped)).toEqual([PARENT]);
  });
});

describe('the trace of a request', () => {
  it('begins with the caller, or by ratio', async () => {
    const { tracing, kept } = open(0);
    const stamp = (traceParent?: string) =>
      parentsOf(tracing.startRequest(traceParent).run(() => withTraces([about('1')])))[0];
    expect(stamp()).toBeUndefined();
    expect(stamp(PARENT)?.slice(3, 35)).toBe(TRACE);
    expect(
      open(1)
        .tracing.startRequest(undefined)
        .run(() => withTraces([about('1')])),
    ).not.toEqual([about('1')]);
    const request = tracing.startRequest(PARENT);
    request.end({ route: '/v1/interactions', method: 'POST', status: 503 });
    await tracing.close();
    expect(kept.spans.map(({ name }) => name)).toEqual(['POST /v1/interactions']);
    expect(kept.spans[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/interactions',
      'http.response.status_code': 503,
    });
  });
});
