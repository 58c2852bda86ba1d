import {
  IsISO31661Alpha2,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';

/** Body of `POST /v1/sources`. */
export class SourceDto {
  /** Name of the system that sends; unique in the tenant. */
  @IsString()
  @Length(1, 100)
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, {
    message: 'source must be letters, digits, and . _ : - inside',
  })
  readonly source!: string;

  /** Region of its phone numbers without a prefix, ISO 3166 alpha-2; absent = the tenant's. */
  @IsOptional()
  @IsISO31661Alpha2()
  readonly region?: string;

  @IsOptional()
  @IsString()
  @MaxLength(500)
  @Matches(/^[^\0]*$/, { message: 'description must not hold U+0000' })
  readonly description?: string;
}
