import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Replays of a service: who wants one, how far it is, what differed. Of a tenant at most one of each kind waits. */
export class ReplayTable1700000000002 implements MigrationInterface {
  readonly name = 'ReplayTable1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE replay (
        id           text COLLATE "C" PRIMARY KEY DEFAULT gen_random_uuid()::text,
        tenant       text COLLATE "C" NOT NULL,
        status       text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'running', 'done', 'failed', 'stopped')),
        is_dry_run   boolean NOT NULL,
        requested_by text COLLATE "C" NOT NULL,
        requested_at bigint NOT NULL,
        started_at   bigint,
        ended_at     bigint,
        advanced_at  bigint NOT NULL,
        attempts     int NOT NULL DEFAULT 0,
        ref          text COLLATE "C",
        position     text NOT NULL DEFAULT '',
        done         bigint NOT NULL DEFAULT 0,
        total        bigint,
        differences  text NOT NULL,
        failure      text
      ) WITH (fillfactor = 50)`);
    await runner.query(
      `CREATE UNIQUE INDEX replay_under_way ON replay (tenant, status, is_dry_run) WHERE status IN ('pending', 'running')`,
    );
    await runner.query('CREATE INDEX replay_of_tenant ON replay (tenant, requested_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE replay');
  }
}
