import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { isInstant } from '#contracts';

const NO_NUL = { message: '$property must not hold U+0000' };

/** Who says so, and why: both are shown wherever the call has an effect. */
class StatementDto {
  @IsString()
  @Length(1, 1_000)
  @Matches(/^[^\0]*$/u, NO_NUL)
  readonly reason!: string;

  @IsString()
  @Length(1, 200)
  @Matches(/^[^\0]*$/u, NO_NUL)
  readonly actor!: string;

  /** RFC 3339; now when absent. The newest call about a pair counts. */
  @IsOptional()
  @ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value) => typeof value === 'string' && isInstant(value),
      defaultMessage: () => 'at must be an RFC 3339 instant',
    },
  })
  readonly at?: string;
}

/** Body of `POST /v1/identity/merge` and `/unmerge`. */
export class CallDto extends StatementDto {
  /** `type:value`, or a profile id. */
  @IsString()
  @Length(1, 600)
  readonly a!: string;

  @IsString()
  @Length(1, 600)
  readonly b!: string;
}

/** Body of `POST /v1/identity/withdraw`: the call by its id, or its pair. */
export class CallWithdrawalDto extends StatementDto {
  @IsOptional()
  @IsString()
  @Length(1, 100)
  @Matches(/^[0-9a-f]+$/u, { message: 'callId must be the id of a call' })
  readonly callId?: string;

  @ValidateIf((body: CallWithdrawalDto) => body.callId === undefined)
  @IsString()
  @Length(1, 600)
  readonly a?: string;

  @ValidateIf((body: CallWithdrawalDto) => body.callId === undefined)
  @IsString()
  @Length(1, 600)
  readonly b?: string;
}

/** `?dryRun=true`: what would happen, and nothing is recorded. */
export class DryRunDto {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  )
  @IsBoolean({ message: 'dryRun must be true or false' })
  readonly dryRun: boolean = false;
}

/** Query of `GET /v1/identity/calls`. */
export class CallsQueryDto {
  /** `next` of the page before. */
  @IsOptional()
  @Matches(/^\d{1,15}$/u, { message: 'cursor is not the `next` of a page' })
  readonly cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  readonly limit: number = 50;
}
