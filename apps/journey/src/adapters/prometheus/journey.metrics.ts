import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#kernel';
import { Metrics, Reading } from '#runtime';
import { UnitOfWork } from '#storage';
import { StitchBatch } from '../../application/stitch-batch.js';
import { readStanding } from '../postgres/standing.reader.js';

const MS_A_SECOND = 1_000;

@Injectable()
export class JourneyMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly stitching: StitchBatch,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.showWork();
    this.showStanding();
  }

  private showWork(): void {
    this.metrics.distribution({
      name: 'touchline_journey_filing_delay_seconds',
      help: 'Time from the receipt of an interaction (receivedAt) until its timeline has it, each version once.',
      read: () => this.stitching.delays,
    });
    this.metrics.total({
      name: 'touchline_journey_folds_total',
      help: 'Timelines folded: appended to, or again from a checkpoint until nothing differed, or to the end.',
      read: () => {
        const { appends, stoppedEarly, foldedToTheEnd } = this.stitching.foldCounts;
        return [
          { labels: { kind: 'append' }, value: appends },
          { labels: { kind: 'stopped-early' }, value: stoppedEarly },
          { labels: { kind: 'to-the-end' }, value: foldedToTheEnd },
        ];
      },
    });
  }

  private showStanding(): void {
    const standing = new Reading(() => readStanding(this.unitOfWork));
    this.metrics.gauge({
      name: 'touchline_journey_watermark_age_seconds',
      help: 'How far the stored watermark, up to which deadlines fire, is behind the clock.',
      read: async () =>
        Math.max(0, this.clock.now() - (await standing.value()).watermark) / MS_A_SECOND,
    });
    this.metrics.gauge({
      name: 'touchline_journey_deadlines_overdue',
      help: 'Profiles with a deadline before the watermark that has not fired; counted up to 10,000.',
      read: async () => (await standing.value()).overdue,
    });
    this.metrics.gauge({
      name: 'touchline_journey_quarantined_profiles',
      help: 'Profiles whose facts stand still because deriving them threw; counted up to 10,000.',
      read: async () => (await standing.value()).quarantined,
    });
  }
}
