import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What facts of a tenant are derived by: settings in force. */
export class ThresholdTable1700000003002 implements MigrationInterface {
  readonly name = 'ThresholdTable1700000003002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE threshold (
     tenant                text COLLATE "C" PRIMARY KEY,
     revision              bigint NOT NULL,
     issue_window_ms       bigint NOT NULL,
     session_inactivity_ms bigint NOT NULL
   )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE threshold');
  }
}
