import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIngestionTables1760000000001 implements MigrationInterface {
  readonly name = 'CreateIngestionTables1760000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE tenant (
      tenant text COLLATE "C" PRIMARY KEY,
      counter bigint NOT NULL,
      settings jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )`);
    await runner.query(`CREATE TABLE api_key (
      tenant text COLLATE "C" NOT NULL REFERENCES tenant,
      key_id text COLLATE "C" NOT NULL,
      name text NOT NULL,
      hash text NOT NULL UNIQUE,
      scopes text[] NOT NULL,
      sources text[] NOT NULL,
      created_at timestamptz NOT NULL,
      revoked_at timestamptz,
      PRIMARY KEY (tenant, key_id)
    )`);
    await runner.query(`CREATE TABLE source (
      tenant text COLLATE "C" NOT NULL REFERENCES tenant,
      source text COLLATE "C" NOT NULL,
      counter bigint NOT NULL,
      region text,
      description text,
      deleted_at timestamptz,
      PRIMARY KEY (tenant, source)
    )`);
    await runner.query(`CREATE TABLE rejection (
      tenant text COLLATE "C" NOT NULL,
      rejection_id text COLLATE "C" NOT NULL,
      source text,
      interaction_id text,
      received_at timestamptz NOT NULL,
      code text NOT NULL,
      detail text NOT NULL,
      pointer text NOT NULL,
      raw text NOT NULL,
      format text,
      derived_id text,
      replay jsonb,
      PRIMARY KEY (tenant, rejection_id)
    )`);
    await runner.query(
      'CREATE INDEX rejection_in_order ON rejection (tenant, received_at, rejection_id)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['rejection', 'source', 'api_key', 'tenant'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
