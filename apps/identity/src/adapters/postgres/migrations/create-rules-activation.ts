import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATEMENTS = [
  `
  CREATE TABLE rules_activation (
    tenant       text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    body         text NOT NULL,
    state        text NOT NULL,
    step         text,
    attempts     bigint NOT NULL DEFAULT 0,
    reason       text NOT NULL,
    actor        text NOT NULL,
    key_id       text NOT NULL,
    requested_at bigint NOT NULL,
    started_at   bigint,
    finished_at  bigint,
    size         text,
    consequence  text,
    failure      text,
    PRIMARY KEY (tenant, version)
  )`,
  `CREATE UNIQUE INDEX rules_activation_under_way ON rules_activation (tenant)
   WHERE state IN ('pending', 'running')`,
];

export class CreateRulesActivation1763769600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE rules_activation');
  }
}
