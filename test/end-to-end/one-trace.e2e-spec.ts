import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FACT_TOPIC, TOPIC } from '#contracts';
import { eventually } from '#testing';
import { flavours, type Stack } from './stack.js';

interface Link {
  readonly traceId: string;
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly Link[];
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: Span[] }[] }[];
}

/** What an OpenTelemetry collector is to a program: something that takes OTLP over HTTP. */
class Collector {
  readonly texts: string[] = [];
  private readonly server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      this.texts.push(text);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${((this.server as Server).address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((done) => this.server.close(done));
  }

  spans(): Span[] {
    return this.texts
      .map((text) => JSON.parse(text) as Export)
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans);
  }
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
/** Nothing of the event may be in a trace. */
const PLANTED = ['jane.canary', 'order-canary', 'A-canary', 'webshop-canary'];

describe.each(flavours())('one trace, on $name', ({ start }) => {
  const collector = new Collector();
  let stack: Stack;
  beforeAll(async () => {
    stack = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start() });
  }, 120_000);
  afterAll(async () => {
    await stack?.stop();
    await collector.stop();
  }, 60_000);

  it('follows an interaction from the request over all topics to the KPI', async () => {
    await stack.client.post('/v1/sources', { source: 'webshop-canary' });
    const event = {
      source: 'webshop-canary',
      id: 'order-canary',
      type: 'order.placed',
      channel: 'web',
      occurredAt: new Date(Date.now() - 120_000).toISOString(),
      identifiers: [{ type: 'email', value: 'jane.canary@example.com' }],
      data: { orderId: 'A-canary', value: '49.90', currency: 'EUR' },
    };
    const answer = await fetch(`${stack.url}/v1/interactions`, {
      method: 'POST',
      body: JSON.stringify(event),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${stack.key}`,
        traceparent: `00-${TRACE}-${CALLER}-01`,
      },
    });
    expect(answer.status).toBe(202);

    const spans = await eventually(
      () => {
        const own = collector.spans().filter(({ traceId }) => traceId === TRACE);
        expect(own.map(({ name }) => name)).toEqual(
          expect.arrayContaining([
            'POST /v1/interactions',
            `identity ${TOPIC.interactionAccepted.name}`,
            `journey ${TOPIC.interactionIdentified.name}`,
            `metrics ${TOPIC.interactionIdentified.name}`,
            `metrics ${FACT_TOPIC.order}`,
          ]),
        );
        return own;
      },
      { timeoutMs: 30_000 },
    );
    const bySpanId = new Map(spans.map((span) => [span.spanId, span]));
    const wayOf = (name: string): string[] => {
      const way: string[] = [];
      let span = spans.find((each) => each.name === name);
      for (; span !== undefined; span = bySpanId.get(span.parentSpanId ?? ''))
        way.unshift(span.name);
      return way;
    };
    expect(wayOf(`metrics ${FACT_TOPIC.order}`)).toEqual([
      'POST /v1/interactions',
      `identity ${TOPIC.interactionAccepted.name}`,
      `journey ${TOPIC.interactionIdentified.name}`,
      `metrics ${FACT_TOPIC.order}`,
    ]);
    expect(spans.find(({ name }) => name.startsWith('POST'))?.parentSpanId).toBe(CALLER);
    const batches = collector.spans().filter(({ name }) => name.endsWith(' batch'));
    for (const group of ['identity', 'journey', 'metrics']) {
      const linked = batches.filter(({ name }) => name === `${group} batch`);
      expect(linked.flatMap(({ links }) => links ?? []).map(({ traceId }) => traceId)).toContain(
        TRACE,
      );
    }
    for (const value of PLANTED) expect(collector.texts.join('\n')).not.toContain(value);
  }, 60_000);
});
