import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** What this service alone reads. */
export class JourneyConfig {
  /** How often the watermark advances and due deadlines fire, ms. */
  @Type(() => Number)
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly JOURNEY_SWEEP_MS: number = 1_000;

  /** Connections to the database. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(100)
  readonly JOURNEY_POOL_SIZE: number = 8;
}
