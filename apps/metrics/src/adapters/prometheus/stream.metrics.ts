import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '#runtime';
import { OpenStream } from '../../application/streaming/open-stream.js';
import { StreamText } from '../http/stream-text.js';

@Injectable()
export class StreamMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly streams: OpenStream,
    private readonly text: StreamText,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge({
      name: 'touchline_streams_open',
      help: 'Clients of GET /v1/stream that this process serves.',
      read: () => this.streams.sessions.size,
    });
    this.metrics.total({
      name: 'touchline_stream_events_total',
      help: 'Events written to streams by this process.',
      read: () => this.text.events,
    });
    this.metrics.total({
      name: 'touchline_streams_ended_total',
      help: 'Streams that ended, by why: gone (the client went), slow, revoked, failed (the log), shutdown.',
      read: () =>
        Object.entries(this.streams.ended).map(([reason, value]) => ({
          labels: { reason },
          value,
        })),
    });
  }
}
