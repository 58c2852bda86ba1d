import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsDefined,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import type { KeyScope } from '#contracts';
import { LimitsDto } from './limits.dto.js';

const SCOPES: readonly KeyScope[] = ['write', 'read', 'admin'];

/** Body of `POST /v1/keys`. */
export class IssueKeyDto {
  /** For people: who uses it. */
  @IsString()
  @Length(1, 100)
  @Matches(/^[^\0]*$/, { message: 'name must not hold U+0000' })
  readonly name!: string;

  /** `admin` may also read and write. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(SCOPES, { each: true })
  readonly scopes!: KeyScope[];

  /** Sources it may write to; empty or absent = all. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  readonly sources?: string[];

  @IsOptional()
  @ValidateNested()
  @Type(() => LimitsDto)
  readonly limits?: LimitsDto;
}

/** Body of `PUT /v1/keys/:id`. */
export class ChangeKeyDto {
  /** In the place of those that it has; `{}` = as the tenant says. */
  @IsDefined()
  @ValidateNested()
  @Type(() => LimitsDto)
  readonly limits!: LimitsDto;
}
