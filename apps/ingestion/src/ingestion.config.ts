import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min, MinLength } from 'class-validator';

/** What ingestion reads of the environment, beside the infrastructure. */
export class IngestionConfig {
  /** Tenants that are there from the first start, with commas. One that is named later is made at the next start; none is ever deleted. */
  @Matches(/^[a-z0-9][a-z0-9-]{0,62}(,[a-z0-9][a-z0-9-]{0,62}){0,99}$/, {
    message:
      'TOUCHLINE_TENANTS must be up to 100 names of small letters, digits and dashes, with commas',
  })
  readonly TOUCHLINE_TENANTS: string = 'default';

  /** `off` = the first keys are not printed. */
  @IsIn(['on', 'off'])
  readonly TOUCHLINE_PRINT_KEYS: 'on' | 'off' = 'on';

  /** Whether the first keys also stay in `keys.json` (`keys.<tenant>.json` for others than `default`) of the data directory; `auto` = when the database is embedded. */
  @IsIn(['auto', 'on', 'off'])
  readonly TOUCHLINE_KEEP_KEYS: 'auto' | 'on' | 'off' = 'auto';

  /** The first key of the tenant `default`, with the scope `admin`: who gives it needs none printed. */
  @IsOptional()
  @MinLength(32)
  readonly TOUCHLINE_ADMIN_KEY?: string;

  /** How long rejections are kept, replayed or not; they hold what was posted, which may be personal. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_650)
  readonly TOUCHLINE_REJECTION_DAYS: number = 90;

  /** How long a tenant's `retentionDays` that keeps less than before can be taken back before anything goes; 0 = it goes at once. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(8_760)
  readonly TOUCHLINE_RETENTION_WAIT_HOURS: number = 24;
}
