import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Instants are int8 milliseconds: the engine of every comparison here, and exact. Fact ids are uuid (16 bytes of the hash).
 * Bodies are bytea: passed through, never looked into by the database.
 */
export class JourneyTables1700000003000 implements MigrationInterface {
  readonly name = 'JourneyTables1700000003000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ARCHIVE, ...PROFILES, ...FACTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SEQUENCE fact_tick');
    await runner.query(
      'DROP TABLE watermark, fact, checkpoint, portrait, profile_alias, profile, filing, replaced_version, timeline',
    );
  }
}

const ARCHIVE = [
  `CREATE TABLE timeline (
     tenant           text COLLATE "C" NOT NULL,
     source           text COLLATE "C" NOT NULL,
     id               text COLLATE "C" NOT NULL,
     profile_key      bigint NOT NULL,
     occurred_at      bigint NOT NULL,
     received_at      bigint NOT NULL,
     content_revision bigint NOT NULL,
     version          bigint NOT NULL,
     fact_id          uuid,
     is_sequential    boolean NOT NULL,
     withdrawn        boolean NOT NULL,
     type             text COLLATE "C" NOT NULL,
     channel          text COLLATE "C" NOT NULL,
     filing           text COLLATE "C" NOT NULL,
     other_fact_id    uuid,
     body             bytea NOT NULL,
     PRIMARY KEY (tenant, source, id)
   )`,
  'CREATE INDEX timeline_by_profile ON timeline (tenant, profile_key, occurred_at)',
  'CREATE INDEX timeline_by_fact ON timeline (fact_id) WHERE fact_id IS NOT NULL',
  'CREATE INDEX timeline_by_other_fact ON timeline (other_fact_id) WHERE other_fact_id IS NOT NULL',
  'CREATE INDEX timeline_by_filing ON timeline (tenant, filing)',
  `CREATE TABLE replaced_version (
     tenant           text COLLATE "C" NOT NULL,
     source           text COLLATE "C" NOT NULL,
     id               text COLLATE "C" NOT NULL,
     content_revision bigint NOT NULL,
     version          bigint NOT NULL,
     occurred_at      bigint NOT NULL,
     received_at      bigint NOT NULL,
     body             bytea NOT NULL,
     PRIMARY KEY (tenant, source, id, content_revision)
   )`,
  `CREATE TABLE filing (
     tenant      text COLLATE "C" NOT NULL,
     filing      text COLLATE "C" NOT NULL,
     profile_key bigint NOT NULL,
     revision    bigint NOT NULL,
     PRIMARY KEY (tenant, filing)
   )`,
];

const PROFILES = [
  `CREATE TABLE profile (
     tenant          text COLLATE "C" NOT NULL,
     profile_key     bigint NOT NULL,
     profile_id      text COLLATE "C" NOT NULL,
     revision        bigint NOT NULL,
     is_gone         boolean NOT NULL,
     former_ids      text[] NOT NULL,
     segments        text NOT NULL,
     standing        text,
     due_at          bigint,
     quarantine      text,
     PRIMARY KEY (tenant, profile_key)
   ) WITH (fillfactor = 80)`,
  'CREATE INDEX profile_by_id ON profile (tenant, profile_id)',
  'CREATE INDEX profile_quarantined ON profile (tenant, profile_key) WHERE quarantine IS NOT NULL',
  'CREATE INDEX profile_due ON profile (due_at) WHERE due_at IS NOT NULL',
  // The newest `profile.changed` as it came: only an export reads it.
  `CREATE TABLE portrait (
     tenant      text COLLATE "C" NOT NULL,
     profile_key bigint NOT NULL,
     body        bytea NOT NULL,
     PRIMARY KEY (tenant, profile_key)
   )`,
  `CREATE TABLE profile_alias (
     tenant      text COLLATE "C" NOT NULL,
     alias_id    text COLLATE "C" NOT NULL,
     profile_key bigint NOT NULL,
     PRIMARY KEY (tenant, alias_id, profile_key)
   )`,
  `CREATE TABLE checkpoint (
     tenant      text COLLATE "C" NOT NULL,
     profile_key bigint NOT NULL,
     at          bigint NOT NULL,
     standing    text NOT NULL,
     PRIMARY KEY (tenant, profile_key, at)
   )`,
  `CREATE TABLE watermark (
     is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
     at      bigint NOT NULL
   )`,
  'INSERT INTO watermark (at) VALUES (0)',
];

/** An open session is written again with every append: room on the page and no changing column in an index keep that cheap. */
const FACTS = [
  `CREATE TABLE fact (
     tenant         text COLLATE "C" NOT NULL,
     fact_id        uuid NOT NULL,
     kind           text COLLATE "C" NOT NULL,
     profile_key    bigint NOT NULL,
     profile_id     text COLLATE "C" NOT NULL,
     revision       bigint NOT NULL,
     is_gone        boolean NOT NULL,
     is_provisional boolean NOT NULL,
     from_at        bigint NOT NULL,
     to_at          bigint NOT NULL,
     at             bigint NOT NULL,
     final_at       bigint,
     content        text NOT NULL,
     is_sequential  boolean NOT NULL,
     PRIMARY KEY (tenant, fact_id)
   ) WITH (fillfactor = 70)`,
  'CREATE INDEX fact_by_profile ON fact (tenant, profile_key, at) WHERE NOT is_gone',
  'CREATE INDEX fact_opened ON fact (tenant, profile_key, from_at) WHERE is_sequential AND NOT is_gone',
  'CREATE INDEX fact_due ON fact (final_at) WHERE is_provisional AND NOT is_sequential AND NOT is_gone',
  'CREATE SEQUENCE fact_tick AS bigint',
];
