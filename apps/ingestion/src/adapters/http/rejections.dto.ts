import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

const STORABLE = /^[^\0\p{Surrogate}]*$/u;
const MESSAGE = { message: '$property must not hold U+0000 or half of a surrogate pair' };

/** What rejections have in common. */
export class AlikeDto {
  /** Only this error code. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @Matches(STORABLE, MESSAGE)
  readonly code?: string;

  /** Only this source. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @Matches(STORABLE, MESSAGE)
  readonly source?: string;

  /** Only this place; empty = the interaction itself. */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  @Matches(STORABLE, MESSAGE)
  readonly pointer?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  readonly limit: number = 50;
}

/** Query of `GET /v1/rejections`. */
export class RejectionsDto extends AlikeDto {
  /** `true` = only those that were replayed, `false` = only those that wait. */
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly replayed?: 'true' | 'false';

  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  readonly cursor?: string;
}

/** Query of `POST /v1/rejections/:id/replay`. */
export class ReplayDto {
  /** Why, for who asks later. */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  @Matches(STORABLE, MESSAGE)
  readonly reason?: string;
}

/** Query of `POST /v1/rejections/replay`; at least one of code, source and pointer. */
export class ReplayAlikeDto extends AlikeDto {
  /** `true` = answer what would become of them, and change nothing. */
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly dryRun?: 'true' | 'false';

  @IsOptional()
  @IsString()
  @Length(1, 500)
  @Matches(STORABLE, MESSAGE)
  readonly reason?: string;

  /** `next` of the call before. */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  readonly cursor?: string;
}
