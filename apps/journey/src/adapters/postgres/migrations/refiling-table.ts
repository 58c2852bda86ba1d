import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Interactions of those who live, in which somebody was erased. Kept: an older version may still come. */
export class RefilingTable1700000003001 implements MigrationInterface {
  readonly name = 'RefilingTable1700000003001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE refiling (
     tenant           text COLLATE "C" NOT NULL,
     source           text COLLATE "C" NOT NULL,
     id               text COLLATE "C" NOT NULL,
     content_revision bigint NOT NULL,
     about            bigint NOT NULL,
     filing           text COLLATE "C" NOT NULL,
     profile_key      bigint NOT NULL,
     profile_id       text COLLATE "C" NOT NULL,
     filing_revision  bigint NOT NULL,
     ghosts           text NOT NULL,
     erasure_id       text COLLATE "C" NOT NULL,
     PRIMARY KEY (tenant, source, id, content_revision)
   )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE refiling');
  }
}
