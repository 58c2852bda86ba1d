import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** What identity reads of the environment, beside the infrastructure. */
export class IdentityConfig {
  /** Connections of the pool. One batch needs one; the others answer queries. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(50)
  readonly IDENTITY_POOL_SIZE: number = 8;
}
