import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Corrections by what they name as their causes: an erasure takes the names out. */
export class IndexCauses1763769600001 implements MigrationInterface {
  readonly name = 'IndexCauses1763769600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX publication_cause ON publication USING gin (causes jsonb_path_ops) WHERE sequence > 1',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX publication_cause');
  }
}
