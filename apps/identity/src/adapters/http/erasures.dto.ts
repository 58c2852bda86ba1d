import { IsOptional, IsString, Length, Matches } from 'class-validator';

const NO_NUL = { message: '$property must not hold U+0000' };

/** Shown on the receipt, which stays: it should not name the customer. */
export class ErasureDto {
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(/^[^\0]*$/u, NO_NUL)
  readonly actor?: string;

  @IsOptional()
  @IsString()
  @Length(1, 1_000)
  @Matches(/^[^\0]*$/u, NO_NUL)
  readonly reason?: string;
}
