import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
} from 'class-validator';
import type { KeyScope } from '#contracts';

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
}
