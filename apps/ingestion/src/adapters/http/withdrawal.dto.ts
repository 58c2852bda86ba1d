import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

const STORABLE = /^[^\0\p{Surrogate}]*$/u;
const MESSAGE = { message: '$property must not hold U+0000 or half of a surrogate pair' };

/** Path of an interaction. */
export class InteractionPathDto {
  @IsString()
  @Length(1, 100)
  @Matches(STORABLE, MESSAGE)
  readonly source!: string;

  @IsString()
  @Length(1, 200)
  @Matches(STORABLE, MESSAGE)
  readonly id!: string;
}

/** Body of `DELETE /v1/interactions/:source/:id`. */
export class WithdrawalDto {
  /** Why, for who looks at the timeline later. */
  @IsString()
  @Length(1, 500)
  @Matches(STORABLE, MESSAGE)
  readonly reason!: string;

  /** Who decided; absent = the key. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  @Matches(STORABLE, MESSAGE)
  readonly actor?: string;

  /** Higher than the version to withdraw; absent = the current time in ms. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly version?: number;
}
