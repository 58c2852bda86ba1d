import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a service keeps of erasures, by keyed names: what was erased, and how far it has carried them out. `enter_tenants` holds
 * tenants to the end of the transaction (shared; alone where something is erased) and then looks, in a snapshot taken after the wait.
 */
export class ErasureTables1700000000001 implements MigrationInterface {
  readonly name = 'ErasureTables1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION enter_tenants');
    await runner.query(
      'DROP TABLE erasing_tenant, erased_interaction, erased_identifier, erasure_part, erasure_count',
    );
  }
}

const STATEMENTS = [
  `CREATE TABLE erasing_tenant (
     tenant    text COLLATE "C" PRIMARY KEY,
     newest_at bigint NOT NULL
   )`,
  // Known by its tombstone (is_gone), by the request of its erasure, or by both.
  `CREATE TABLE erased_interaction (
     tenant     text COLLATE "C" NOT NULL,
     name       uuid NOT NULL,
     erasure_id text COLLATE "C" NOT NULL,
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
  // expected: tombstones that identity sent for the part.
  `CREATE TABLE erasure_part (
     tenant       text COLLATE "C" NOT NULL,
     erasure_id   text COLLATE "C" NOT NULL,
     part         int NOT NULL,
     is_requested boolean NOT NULL,
     expected     bigint,
     is_done      boolean NOT NULL,
     PRIMARY KEY (tenant, erasure_id, part)
   )`,
  `CREATE INDEX erasure_part_open ON erasure_part (tenant, erasure_id, part) WHERE is_requested AND NOT is_done`,
  `CREATE TABLE erasure_count (
     tenant     text COLLATE "C" NOT NULL,
     erasure_id text COLLATE "C" NOT NULL,
     store      text COLLATE "C" NOT NULL,
     count      bigint NOT NULL,
     told       bigint NOT NULL DEFAULT 0,
     PRIMARY KEY (tenant, erasure_id, store)
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
