import type { Provider } from '@nestjs/common';
import { StreamIds } from './adapters/http/stream-ids.js';
import { StreamKeeper } from './adapters/http/stream.keeper.js';
import { StreamText } from './adapters/http/stream-text.js';
import { PostgresErasedInStream } from './adapters/postgres/erasing/erased-in-stream.repository.js';
import { StreamMetrics } from './adapters/prometheus/stream.metrics.js';
import { OpenStream } from './application/streaming/open-stream.js';
import { ErasedInStream, StreamLimits } from './application/streaming/ports.js';
import { ScreenErased } from './application/streaming/screen-erased.js';
import type { MetricsConfig } from './metrics.config.js';

/** What the live stream is made of. */
export function streamProviders(config: MetricsConfig): Provider[] {
  const limits: StreamLimits = {
    streamsMax: config.METRICS_STREAMS_MAX,
    perKeyMax: config.METRICS_STREAMS_A_KEY_MAX,
    patienceMs: config.METRICS_STREAM_PATIENCE_MS,
    heartbeatMs: 15_000,
    queueRecordsMax: 500,
    queueBytesMax: 262_144,
    pageRecordsMax: 200,
    pageBytesMax: 65_536,
  };
  return [
    { provide: StreamLimits, useValue: limits },
    { provide: ErasedInStream, useClass: PostgresErasedInStream },
    OpenStream,
    ScreenErased,
    StreamIds,
    StreamText,
    StreamKeeper,
    StreamMetrics,
  ];
}
