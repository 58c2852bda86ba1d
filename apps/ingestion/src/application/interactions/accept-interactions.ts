import { Injectable } from '@nestjs/common';
import { EventLog, type OutgoingRecord } from '#event-log';
import { Clock } from '#kernel';
import { Metrics, type Principal } from '#runtime';
import { withTraces } from '#tracing';
import type { PreparedBatch } from '../../domain/prepare-batch.js';
import { rejectionRecord } from '../../domain/rejection.js';
import { outgoingRecord } from '../outgoing-record.js';
import { type PostedBody, type Received, ReceiveBody } from './receive-body.js';
import { nothingAccepted, type Verdicts, verdictsOf } from './answer-verdicts.js';

/** Told how many interactions a request brings. */
export type Meter = (interactions: number) => Promise<void>;

const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000];

/**
 * Accepts what can be accepted. Resolves once the log holds accepted and rejected alike: one append, so that nothing
 * rejected is lost and no neighbour waits. Throws `unavailable` when the log cannot take them (then nothing was stored), and
 * `no-valid-interaction` when none was good.
 */
@Injectable()
export class AcceptInteractions {
  private readonly batchSize;
  private readonly counted;

  constructor(
    private readonly receiveBody: ReceiveBody,
    private readonly log: EventLog,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const help = 'Interactions in a request that the log took.';
    this.batchSize = metrics.histogram({
      name: 'touchline_ingestion_batch_interactions',
      help,
      buckets: BATCH_SIZES,
    });
    this.counted = metrics.counter({
      name: 'touchline_ingestion_interactions_total',
      help: 'Interactions by outcome: accepted, or the code of the rejection.',
      labels: ['outcome'],
    });
  }

  /** `meter`: of a limited key; refuses by throwing, before anything is stored. */
  async execute(principal: Principal, body: PostedBody, meter?: Meter): Promise<Verdicts> {
    const received = meter
      ? await this.metered(principal, body, meter)
      : this.receiveBody.execute(principal, body, this.clock.now());
    const { batch } = received;
    await this.log.append(recordsOf(batch));
    this.count(batch);
    if (batch.accepted.length === 0) throw nothingAccepted(received);
    return verdictsOf(received);
  }

  /** A body that nobody can read is a request all the same. */
  private async metered(principal: Principal, body: PostedBody, meter: Meter): Promise<Received> {
    let received: Received;
    try {
      received = this.receiveBody.execute(principal, body, this.clock.now());
    } catch (error) {
      await meter(0);
      throw error;
    }
    const { accepted, rejected } = received.batch;
    await meter(accepted.length + rejected.length);
    return received;
  }

  private count({ accepted, rejected }: PreparedBatch): void {
    this.batchSize.observe(accepted.length + rejected.length);
    if (accepted.length > 0) this.counted.inc({ outcome: 'accepted' }, accepted.length);
    const byCode = Map.groupBy(rejected, ({ rejection }) => rejection.code);
    for (const [outcome, { length }] of byCode) this.counted.inc({ outcome }, length);
  }
}

function recordsOf({ accepted, rejected }: PreparedBatch): readonly OutgoingRecord[] {
  const records = accepted.map(({ record }) => outgoingRecord(record));
  for (const { rejection } of rejected) records.push(outgoingRecord(rejectionRecord(rejection)));
  return withTraces(records);
}
