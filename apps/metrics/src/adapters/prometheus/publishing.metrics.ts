import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '#runtime';
import { PublishBuckets } from '../../application/publishing/publish-buckets.js';
import { BucketPublisher } from '../log/bucket.publisher.js';

const MS_A_SECOND = 1_000;

@Injectable()
export class PublishingMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly publish: PublishBuckets,
    private readonly publisher: BucketPublisher,
  ) {}

  onModuleInit(): void {
    this.metrics.total({
      name: 'touchline_metrics_publications_total',
      help: 'Buckets published by this process, again or for the first time.',
      read: () => this.publish.counts.publications,
    });
    this.metrics.total({
      name: 'touchline_metrics_corrections_total',
      help: 'Corrections of published buckets.',
      read: () => this.publish.counts.corrections,
    });
    this.metrics.gauge({
      name: 'touchline_metrics_publisher_age_seconds',
      help: 'Time since a round of the publisher of this process went through; it tries every second.',
      read: () => this.publisher.ageMs / MS_A_SECOND,
    });
  }
}
