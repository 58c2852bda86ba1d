import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LimitKeys1763900000000 implements MigrationInterface {
  readonly name = 'LimitKeys1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE api_key ADD COLUMN limits jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE api_key DROP COLUMN limits');
  }
}
