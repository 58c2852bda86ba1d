/**
 * What a client posts (version 1). The one source of the contract: JSON Schemas, the compiled validators and the reference
 * in docs/generated are derived from these classes and those in `data.ts`. Members not named here are kept with the raw
 * form and otherwise ignored; `null` in an optional member means absent.
 */
import { IsBoolean, IsIn, IsObject, IsOptional, Matches } from 'class-validator';
import { CHANNELS, DIRECTIONS, STAGES } from '../interaction.js';
import type { Channel, Direction, Stage } from '../interaction.js';
import { OptionalInstant, OptionalList, OptionalText, OptionalWhole } from './fields.js';
import { Ruled, Text } from './rules.js';

export const IDENTIFIERS_MAX = 20;
/** `email`, `social:mastodon`, or a custom type of the tenant. */
export const IDENTIFIER_TYPE = /^[A-Za-z][A-Za-z0-9_.-]{0,49}(:[A-Za-z0-9_.-]{1,49})?$/;

export class IdentifierInput {
  @Text(100, 1)
  @Matches(IDENTIFIER_TYPE)
  readonly type!: string;

  /** Long enough for any e-mail address or cookie; a btree key ends at 2.7 kB. */
  @Text(500)
  readonly value!: string;
}

export class InteractionInput {
  /** Unique within its source. When missing it is derived from the content. */
  @OptionalText(200)
  readonly id?: string | null;

  @Text(100, 1)
  readonly source!: string;

  @Text(100, 1)
  @Ruled('x-interaction-type')
  readonly type!: string;

  @IsIn(CHANNELS)
  readonly channel!: Channel;

  @Ruled('x-instant')
  readonly occurredAt!: string;

  @OptionalInstant()
  readonly sentAt?: string | null;

  @OptionalList(IdentifierInput, IDENTIFIERS_MAX)
  readonly identifiers?: IdentifierInput[] | null;

  @OptionalText(200)
  readonly conversation?: string | null;

  @IsOptional()
  @IsIn(DIRECTIONS)
  readonly direction?: Direction | null;

  @OptionalText(100)
  readonly topic?: string | null;

  @OptionalText(100)
  readonly touchpoint?: string | null;

  @IsOptional()
  @IsIn(STAGES)
  readonly stage?: Stage | null;

  @OptionalText(100)
  readonly agent?: string | null;

  @OptionalText(100)
  readonly queue?: string | null;

  @OptionalText(100)
  readonly product?: string | null;

  @OptionalText(100)
  readonly campaign?: string | null;

  @OptionalText(100)
  readonly store?: string | null;

  @IsOptional()
  @IsObject()
  readonly data?: Record<string, unknown> | null;

  @OptionalWhole(Number.MAX_SAFE_INTEGER)
  readonly version?: number | null;

  @IsOptional()
  @IsBoolean()
  readonly withdrawn?: boolean | null;
}
