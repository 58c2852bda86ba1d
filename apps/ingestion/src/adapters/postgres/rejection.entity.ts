import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Replay } from '../../application/ports.js';

@Entity('rejection')
@Index('rejection_in_order', ['tenant', 'receivedAt', 'rejectionId'])
export class RejectionEntity {
  @PrimaryColumn('text', { collation: 'C' })
  tenant!: string;

  @PrimaryColumn('text', { name: 'rejection_id', collation: 'C' })
  rejectionId!: string;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text', { name: 'interaction_id', nullable: true })
  interactionId!: string | null;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;

  @Column('text')
  code!: string;

  @Column('text')
  detail!: string;

  @Column('text')
  pointer!: string;

  @Column('text')
  raw!: string;

  /** JSON text: attributes of a CloudEvent may hold U+0000, which jsonb refuses. Null = native. */
  @Column('text', { nullable: true })
  format!: string | null;

  @Column('text', { name: 'derived_id', nullable: true })
  derivedId!: string | null;

  /** Null = it waits. */
  @Column('jsonb', { nullable: true })
  replay!: Replay | null;
}
