import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** Query of `GET /v1/rejections`. */
export class RejectionsDto {
  /** Only this error code. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly code?: string;

  /** Only this source. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly source?: string;

  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  readonly cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  readonly limit: number = 50;
}
