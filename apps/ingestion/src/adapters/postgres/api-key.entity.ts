import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { KeyScope, RateLimits } from '#contracts';

@Entity('api_key')
@Unique('api_key_hash_key', ['hash'])
export class ApiKeyEntity {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('TenantEntity', 'tenant', { name: 'api_key_tenant_fkey' })
  tenant!: string;

  @PrimaryColumn('text', { name: 'key_id', collation: 'C' })
  keyId!: string;

  @Column('text')
  name!: string;

  /** The key itself is nowhere. */
  @Column('text')
  hash!: string;

  @Column('text', { array: true })
  scopes!: KeyScope[];

  /** Empty = all. */
  @Column('text', { array: true })
  sources!: string[];

  /** Null: as the tenant says. */
  @Column('jsonb', { nullable: true })
  limits!: RateLimits | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
