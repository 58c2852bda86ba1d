import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was erased, by keyed names: nothing else of it is left here. A batch asks one question, by `enter_tenants`: it holds its
 * tenants (shared; alone when it erases) and then looks, in a snapshot taken after the wait.
 */
export class ErasureTables1700000003001 implements MigrationInterface {
  readonly name = 'ErasureTables1700000003001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION enter_tenants');
    await runner.query(
      'DROP TABLE erasing_tenant, erased_interaction, erased_identifier, refiling',
    );
  }
}

const STATEMENTS = [
  `CREATE TABLE erasing_tenant (
     tenant    text COLLATE "C" PRIMARY KEY,
     newest_at bigint NOT NULL
   )`,
  // Known by its tombstone (is_gone), by the request of its erasure (part), or by both.
  `CREATE TABLE erased_interaction (
     tenant     text COLLATE "C" NOT NULL,
     name       uuid NOT NULL,
     erasure_id text COLLATE "C" NOT NULL,
     part       int,
     is_gone    boolean NOT NULL,
     PRIMARY KEY (tenant, name)
   )`,
  `CREATE TABLE erased_identifier (
     tenant     text COLLATE "C" NOT NULL,
     name       uuid NOT NULL,
     type       text COLLATE "C" NOT NULL,
     erasure_id text COLLATE "C" NOT NULL,
     at         bigint NOT NULL,
     PRIMARY KEY (tenant, name, erasure_id)
   )`,
  // Of those who live. Kept: an older version may still come.
  `CREATE TABLE refiling (
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
   )`,
  `CREATE FUNCTION enter_tenants(names text[], alone boolean[]) RETURNS TABLE (tenant text, newest_at bigint)
   LANGUAGE plpgsql AS $$
   #variable_conflict use_column
   BEGIN
     FOR place IN 1 .. cardinality(names) LOOP
       IF alone[place] THEN
         PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || names[place], 0));
       ELSE
         PERFORM pg_advisory_xact_lock_shared(hashtextextended(current_schema() || ' ' || names[place], 0));
       END IF;
     END LOOP;
     RETURN QUERY SELECT e.tenant, e.newest_at FROM erasing_tenant e WHERE e.tenant = ANY (names);
   END $$`,
];
