import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { Problem } from '#runtime';

/** Path of `GET /v1/identity/rules/activations/:version`. */
export class ActivationParamsDto {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly version!: number;
}

/** Who wants the rules, and why: shown in the history. */
export interface RulesStatement {
  readonly reason: string;
  readonly actor: string;
}

const LENGTH_MAX = { reason: 1_000, actor: 200 };

/** Reason and actor stand beside the rules in the body; a dry run needs neither. The rest is the rules. */
export function readStatement(
  body: unknown,
  isNeeded: boolean,
): { readonly posted: unknown; readonly statement: RulesStatement } {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { posted: body, statement: { reason: '', actor: '' } };
  const { reason, actor, ...posted } = body as Record<string, unknown>;
  const said = { reason, actor };
  const text = (member: keyof RulesStatement): string => {
    const value = said[member];
    if (value === undefined && !isNeeded) return '';
    const max = LENGTH_MAX[member];
    if (typeof value === 'string' && value !== '' && value.length <= max && !value.includes('\0'))
      return value;
    const detail = `${member}: a text of 1 to ${max} characters`;
    const errors = [{ pointer: `/${member}`, code: 'invalid-parameter', detail }] as const;
    throw new Problem('invalid-parameter', detail, { errors });
  };
  return { posted, statement: { reason: text('reason'), actor: text('actor') } };
}
