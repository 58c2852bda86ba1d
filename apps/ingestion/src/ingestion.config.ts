import { Type } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';

/** What ingestion reads of the environment, beside the infrastructure. */
export class IngestionConfig {
  /** `off` = the first keys are not printed. */
  @IsIn(['on', 'off'])
  readonly TOUCHLINE_PRINT_KEYS: 'on' | 'off' = 'on';

  /** Whether the first keys also stay in `keys.json` of the data directory; `auto` = when the database is embedded. */
  @IsIn(['auto', 'on', 'off'])
  readonly TOUCHLINE_KEEP_KEYS: 'auto' | 'on' | 'off' = 'auto';

  /** How long rejections are kept, replayed or not; they hold what was posted, which may be personal. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_650)
  readonly TOUCHLINE_REJECTION_DAYS: number = 90;
}
