import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

@Entity('source')
export class SourceEntity {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('TenantEntity', 'tenant', { name: 'source_tenant_fkey' })
  tenant!: string;

  @PrimaryColumn('text', { collation: 'C' })
  source!: string;

  /** Goes on when a deleted source is made again. */
  @Column('bigint')
  counter!: number;

  @Column('text', { nullable: true })
  region!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
