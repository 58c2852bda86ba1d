import { Type } from 'class-transformer';
import {
  IsInt,
  IsISO31661Alpha2,
  IsOptional,
  IsTimeZone,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { LimitsDto } from './limits.dto.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** As long as an open case keeps its issue open at most. */
const ISSUE_WINDOW_DAYS_MAX = 90;
/** Half of the longest session. */
const SESSION_INACTIVITY_MS_MAX = 12 * HOUR_MS;
/** A century: longer is off. */
const RETENTION_DAYS_MAX = 36_500;

/** Body of `PUT /v1/settings`; members that are absent stay as they are. */
export class SettingsDto {
  /** IANA zone in which buckets start. */
  @IsOptional()
  @IsTimeZone()
  readonly zone?: string;

  /** Default region of phone numbers, ISO 3166 alpha-2. */
  @IsOptional()
  @IsISO31661Alpha2()
  readonly region?: string;

  /** A call answered within this span counts for the service level. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HOUR_MS)
  readonly serviceLevelMs?: number;

  /** Abandoned sooner than this does not count. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(HOUR_MS)
  readonly shortAbandonMs?: number;

  /** Of each key that has none of its own; in the place of those that stand. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LimitsDto)
  readonly limits?: LimitsDto;

  /** A contact on the topic of an issue belongs to it up to so many days after its last word. A change derives facts anew. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(ISSUE_WINDOW_DAYS_MAX)
  readonly issueWindowDays?: number;

  /** A session is over when nothing has happened for so long. A change derives facts anew. */
  @IsOptional()
  @IsInt()
  @Min(MINUTE_MS)
  @Max(SESSION_INACTIVITY_MS_MAX)
  readonly sessionInactivityMs?: number;

  /** What occurred more than so many days before its receipt is refused as `too-old`; `null`: off again, as it is at first. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(RETENTION_DAYS_MAX)
  readonly retentionDays?: number | null;
}
