import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Interactions that went by age are known by the names of what was erased, up to a revision: content of a higher one lives. Such a
 * name is kept as long as the log may still bring older content.
 */
export class ExpiredNames1700000000003 implements MigrationInterface {
  readonly name = 'ExpiredNames1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE erased_interaction ADD COLUMN until_revision bigint, ADD COLUMN noted_at bigint',
    );
    await runner.query(
      'CREATE INDEX erased_interaction_noted ON erased_interaction (noted_at) WHERE noted_at IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM erased_interaction WHERE until_revision IS NOT NULL');
    await runner.query(
      'ALTER TABLE erased_interaction DROP COLUMN until_revision, DROP COLUMN noted_at',
    );
  }
}
