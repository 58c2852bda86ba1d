import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

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
}
