import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A table that shows how often each record had an effect: no key, so a repeat is seen. */
export class EffectTable1800000000000 implements MigrationInterface {
  readonly name = 'EffectTable1800000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE effect (partition int, record_offset bigint, key text)');
    await runner.query('CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE effect, account');
  }
}
