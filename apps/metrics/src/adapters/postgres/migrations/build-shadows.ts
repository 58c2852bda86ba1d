import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a tenant's build is for, and under which rules it counts. */
export class BuildShadows1763769600004 implements MigrationInterface {
  readonly name = 'BuildShadows1763769600004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE rules ADD COLUMN building_for text NOT NULL DEFAULT 'definitions', ADD COLUMN building_under jsonb`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE rules DROP COLUMN building_for, DROP COLUMN building_under');
  }
}
