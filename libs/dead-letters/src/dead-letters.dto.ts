import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

export class DeadLetterQuery {
  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(20)
  readonly cursor?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  readonly limit: number = LIMIT_DEFAULT;
}
