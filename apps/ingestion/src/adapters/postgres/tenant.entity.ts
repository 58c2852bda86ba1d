import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TenantSettings } from '#contracts';

@Entity('tenant')
export class TenantEntity {
  @PrimaryColumn('text', { collation: 'C' })
  tenant!: string;

  /** Grows with every change of settings or keys. */
  @Column('bigint')
  counter!: number;

  @Column('jsonb')
  settings!: TenantSettings;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
