import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATEMENTS = [
  `CREATE TABLE retention (
    tenant     text COLLATE "C" PRIMARY KEY,
    listed_at  bigint NOT NULL,
    reached_at bigint NOT NULL,
    expired    bigint NOT NULL
  )`,
  // place: the profile, so that a page touches few of them.
  `CREATE TABLE expiring (
    tenant text COLLATE "C" NOT NULL,
    place  bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, place, source, id)
  )`,
];

/** How far interactions have been taken away by age, and which are next. */
export class CreateRetention1763769600003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE expiring, retention');
  }
}
