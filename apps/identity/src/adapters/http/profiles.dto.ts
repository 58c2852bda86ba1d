import { IsString, Matches, MaxLength } from 'class-validator';

export class ProfileQueryDto {
  /** `type:value`, e.g. `email:jane@example.com`; types of social networks hold a colon themselves: `social:x:@jane`. */
  @IsString()
  @MaxLength(600)
  @Matches(/^[^:]+:[\s\S]+$/u, { message: 'identifier must be type:value' })
  readonly identifier!: string;
}
