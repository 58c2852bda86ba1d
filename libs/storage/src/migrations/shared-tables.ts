import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables every service schema has. The timestamp is low, so they come before the service's own. */
export class SharedTables1700000000000 implements MigrationInterface {
  readonly name = 'SharedTables1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE consumer_offset (
        consumer_group text COLLATE "C" NOT NULL,
        topic          text COLLATE "C" NOT NULL,
        partition      int NOT NULL,
        next           bigint NOT NULL,
        incarnation    text NOT NULL,
        updated_at     timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer_group, topic, partition)
      ) WITH (fillfactor = 50)`);
    // One row a batch, deleted soon: never compressed (it costs more than the bytes), vacuumed by count.
    await runner.query(`
      CREATE TABLE outbox (
        id         bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
        records    bytea NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now()
      ) WITH (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000
      )`);
    await runner.query('ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL');
    await runner.query(`
      CREATE TABLE dead_letter (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer_group text COLLATE "C" NOT NULL,
        incarnation    text NOT NULL,
        topic          text COLLATE "C" NOT NULL,
        partition      int NOT NULL,
        record_offset  bigint NOT NULL,
        appended_at    bigint NOT NULL,
        code           text NOT NULL,
        detail         text NOT NULL,
        record         bytea NOT NULL,
        stored_at      timestamptz NOT NULL DEFAULT now(),
        UNIQUE (consumer_group, incarnation, topic, partition, record_offset)
      )`);
    await runner.query(`
      CREATE TABLE epoch (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        number  int NOT NULL CHECK (number BETWEEN 0 AND 8191)
      )`);
    await runner.query('INSERT INTO epoch (number) VALUES (0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE epoch, dead_letter, outbox, consumer_offset');
  }
}
