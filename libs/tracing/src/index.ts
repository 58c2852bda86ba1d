export { openTracing, Tracing } from './tracing.js';
export type { RequestTrace, TracingOptions } from './tracing.js';
export type { SpanExporter } from '@opentelemetry/sdk-trace';
export { withTraces } from './trace-scope.js';
