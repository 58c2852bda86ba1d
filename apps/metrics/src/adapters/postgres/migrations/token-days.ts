import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A token for each day of a tenant that has buckets: it names their state, and every change of them changes it. */
export class TokenDays1763769600003 implements MigrationInterface {
  readonly name = 'TokenDays1763769600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bucket_day (
        tenant text COLLATE "C" NOT NULL,
        day    int NOT NULL,
        token  uuid NOT NULL,
        PRIMARY KEY (tenant, day)
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      INSERT INTO bucket_day (tenant, day, token)
      SELECT tenant, day, gen_random_uuid()
      FROM (SELECT DISTINCT tenant, floor(start_ms / 86400000.0)::int AS day FROM bucket) known`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bucket_day');
  }
}
