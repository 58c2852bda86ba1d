import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import type { RateLimits } from '#contracts';

export class RateDto {
  @IsInt()
  @Min(1)
  @Max(99_999)
  readonly perSecond!: number;

  /** At once; absent: what a second brings. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(999_999)
  readonly burst?: number;
}

/** Absent members are said elsewhere (tenant, installation); `null`: no limit. */
export class LimitsDto {
  @IsOptional()
  @ValidateNested()
  @Type(() => RateDto)
  readonly requests?: RateDto | null;

  /** Posted, however many a request. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RateDto)
  readonly interactions?: RateDto | null;
}

export function limitsIn({ requests, interactions }: LimitsDto): RateLimits {
  return {
    ...(requests !== undefined && { requests: rateIn(requests) }),
    ...(interactions !== undefined && { interactions: rateIn(interactions) }),
  };
}

function rateIn(rate: RateDto | null): RateLimits['requests'] {
  return rate && { perSecond: rate.perSecond, burst: rate.burst ?? rate.perSecond };
}
