import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { loadConfig } from '#runtime';
import type { Environment } from '#runtime';

const DAY_MS = 86_400_000;
const whole = (): PropertyDecorator => (target, name) => {
  Type(() => Number)(target, name);
  IsInt()(target, name);
  Min(0)(target, name);
  Max(DAY_MS)(target, name);
};

/** When buckets are published (domain/publication.ts). The demo sets seconds. */
export class MetricsConfig {
  /** From the end of a bucket to its first publication; also when a span counts as complete. */
  @whole()
  readonly METRICS_GRACE_MS: number = 3_600_000;

  /** Without change before the first publication. */
  @whole()
  readonly METRICS_QUIET_MS: number = 30_000;

  /** However restless a bucket is, it waits no longer than this. */
  @whole()
  readonly METRICS_QUIET_MAX_MS: number = 600_000;

  /** Without change before a published bucket goes out again. */
  @whole()
  readonly METRICS_AGAIN_QUIET_MS: number = 5_000;

  /** Shortest time between two publications of a bucket. */
  @whole()
  readonly METRICS_AGAIN_EVERY_MS: number = 60_000;

  /**
   * Shortest time between two refreshes of `kpi_rolling` within a minute; each minute it is refreshed anyway. Shorter than
   * the quiet before a publication, or a change may wait for the minute.
   */
  @whole()
  readonly METRICS_ROLLING_REST_MS: number = 3_000;

  /** Pause between two rounds of the publisher. */
  @Type(() => Number)
  @IsInt()
  @Min(10)
  @Max(DAY_MS)
  readonly METRICS_PUBLISH_EVERY_MS: number = 1_000;

  /** Streams (`GET /v1/stream`) that a process has open at once; each holds at most about a megabyte. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly METRICS_STREAMS_MAX: number = 100;

  /** Of them, with one key. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly METRICS_STREAMS_A_KEY_MAX: number = 10;

  /** A client that takes nothing of its stream for so long is cut. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(DAY_MS)
  readonly METRICS_STREAM_PATIENCE_MS: number = 60_000;
}

export function metricsConfig(environment: Environment): MetricsConfig {
  return loadConfig(MetricsConfig, environment);
}
