import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '#runtime';
import { DayMemory } from '../../application/answering/day-memory.js';

@Injectable()
export class AnsweringMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly memory: DayMemory,
  ) {}

  onModuleInit(): void {
    this.metrics.total({
      name: 'touchline_metrics_days_asked_total',
      help: 'Days of buckets that questions for KPIs asked the cache for.',
      read: () => this.memory.counts.asked,
    });
    this.metrics.total({
      name: 'touchline_metrics_days_remembered_total',
      help: 'Of them, those that it knew; the others were read.',
      read: () => this.memory.counts.remembered,
    });
  }
}
