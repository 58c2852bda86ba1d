import { IsString, Length } from 'class-validator';

/** Query of `GET /v1/identity/explain`. */
export class PairQueryDto {
  /** `type:value`, or a profile id. */
  @IsString()
  @Length(1, 600)
  readonly a!: string;

  @IsString()
  @Length(1, 600)
  readonly b!: string;
}
