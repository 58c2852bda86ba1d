import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  registerDecorator,
} from 'class-validator';
import { CHANNELS, FACT_KINDS, isInstant, type FactKind } from '#contracts';

export const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;
const CURSOR_LENGTH_MAX = 2_000;

function IsRfc3339(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isRfc3339',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: isInstant,
        defaultMessage: () => `${String(property)} must be an RFC 3339 instant`,
      },
    });
  };
}

export class PageQuery {
  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(CURSOR_LENGTH_MAX)
  readonly cursor?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  readonly limit: number = LIMIT_DEFAULT;
}

export class TimelineParameters extends PageQuery {
  /** Rows at or after this instant. */
  @IsOptional()
  @IsRfc3339()
  readonly from?: string;

  /** Rows before this instant. */
  @IsOptional()
  @IsRfc3339()
  readonly to?: string;

  @IsOptional()
  @IsIn(CHANNELS)
  readonly channel?: string;

  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly type?: string;
}

export class FactParameters extends PageQuery {
  @IsOptional()
  @IsIn(FACT_KINDS)
  readonly kind?: FactKind;
}

export class InteractionParameters {
  /** Asks about this version instead of the current one. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  readonly version?: number;
}
