import type { MigrationInterface, QueryRunner } from 'typeorm';

const SPAN = `
    first_at     bigint,
    first_source text COLLATE "C",
    first_id     text COLLATE "C",
    last_at      bigint,
    last_source  text COLLATE "C",
    last_id      text COLLATE "C"`;

const STATEMENTS = [
  `
  CREATE TABLE rules (
    tenant  text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    body    text NOT NULL,
    PRIMARY KEY (tenant, version)
  )`,
  // One narrow row an interaction: dedupe, the winning content, and where it is filed.
  `
  CREATE TABLE winner (
    tenant       text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    at           bigint NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    filing       text COLLATE "C" NOT NULL,
    is_withdrawn boolean NOT NULL,
    counter      bigint NOT NULL,
    refused      text,
    received_at  bigint NOT NULL,
    PRIMARY KEY (tenant, source, id)
  )`,
  'CREATE INDEX winner_filing ON winner (filing)',
  'CREATE INDEX winner_refused ON winner (filing) WHERE refused IS NOT NULL',
  // Count and last evidence change with every batch and are in no index: room on the page keeps those updates there.
  `
  CREATE TABLE filing (
    filing       text COLLATE "C" PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL,
    unit         text COLLATE "C" NOT NULL,
    names        text[] COLLATE "C" NOT NULL,${SPAN},
    count        bigint NOT NULL,
    total        bigint NOT NULL,
    owner        text COLLATE "C",
    anchor       text NOT NULL,
    has_traits   boolean NOT NULL,
    profile_key  bigint NOT NULL,
    counter      bigint NOT NULL
  ) WITH (fillfactor = 75)`,
  `CREATE INDEX filing_unit ON filing (unit) WHERE left(filing, 2) IN ('c:', 'e:')`,
  'CREATE INDEX filing_owner ON filing (owner) WHERE owner IS NOT NULL',
  'CREATE INDEX filing_profile ON filing (profile_key)',
  'CREATE INDEX filing_traits ON filing (profile_key) WHERE has_traits',
  `
  CREATE TABLE filing_identifier (
    name   text COLLATE "C" NOT NULL,
    filing text COLLATE "C" NOT NULL,
    PRIMARY KEY (name, filing)
  )`,
  `
  CREATE TABLE identifier (
    name         text COLLATE "C" PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL,
    type         text COLLATE "C" NOT NULL,
    value        text COLLATE "C" NOT NULL,
    first_at     bigint,
    first_source text COLLATE "C",
    first_id     text COLLATE "C",
    hub_links    bigint NOT NULL,
    standing     text,
    is_cut       boolean NOT NULL,
    profile_key  bigint,
    filings      bigint NOT NULL
  ) WITH (fillfactor = 85)`,
  // In the order in which portraits are read: a profile of 10,000 cookies is told by its first 1,000 identifiers.
  `CREATE INDEX identifier_profile ON identifier (profile_key, type, first_at)
   WHERE profile_key IS NOT NULL`,
  `
  CREATE TABLE link (
    a      text COLLATE "C" NOT NULL,
    b      text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,${SPAN},
    PRIMARY KEY (a, b)
  )`,
  'CREATE INDEX link_b ON link (b)',
  `
  CREATE TABLE call (
    call_id text COLLATE "C" PRIMARY KEY,
    tenant  text COLLATE "C" NOT NULL,
    kind    text NOT NULL,
    a       text COLLATE "C" NOT NULL,
    b       text COLLATE "C" NOT NULL,
    at      bigint NOT NULL,
    source  text COLLATE "C",
    id      text COLLATE "C"
  )`,
  'CREATE INDEX call_a ON call (a)',
  'CREATE INDEX call_b ON call (b)',
  'CREATE INDEX call_interaction ON call (tenant, source, id) WHERE source IS NOT NULL',
  // Append-only: what people declared and withdrew. Calls that stand are in "call" too, beside aliases.
  `
  CREATE TABLE call_entry (
    sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant      text COLLATE "C" NOT NULL,
    call_id     text COLLATE "C" NOT NULL,
    kind        text NOT NULL,
    a           text COLLATE "C" NOT NULL,
    b           text COLLATE "C" NOT NULL,
    said_a      text NOT NULL,
    said_b      text NOT NULL,
    reason      text NOT NULL,
    actor       text NOT NULL,
    key_id      text NOT NULL,
    at          bigint NOT NULL,
    recorded_at bigint NOT NULL
  )`,
  'CREATE INDEX call_entry_call ON call_entry (call_id)',
  'CREATE INDEX call_entry_a ON call_entry (a)',
  'CREATE INDEX call_entry_b ON call_entry (b)',
  'CREATE INDEX call_entry_tenant ON call_entry (tenant, sequence)',
  'CREATE SEQUENCE profile_key',
  `
  CREATE TABLE profile (
    profile_key  bigint PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL,
    profile_id   text COLLATE "C" NOT NULL,
    bare_unit    text COLLATE "C",
    counter      bigint NOT NULL,
    is_gone      boolean NOT NULL,
    counts       text NOT NULL,
    surroundings text NOT NULL,
    filings      bigint NOT NULL
  ) WITH (fillfactor = 85)`,
  'CREATE INDEX profile_id ON profile (profile_id)',
  `
  CREATE TABLE decision (
    subject      text COLLATE "C" NOT NULL,
    tenant       text COLLATE "C" NOT NULL,
    code         text NOT NULL,
    rivals       text[] COLLATE "C" NOT NULL,
    first_at     bigint,
    first_source text COLLATE "C",
    first_id     text COLLATE "C"
  )`,
  // What happened to profiles, for people to read: never an input of anything.
  `
  CREATE TABLE identity_event (
    sequence     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL,
    kind         text NOT NULL,
    from_id      text COLLATE "C",
    to_id        text COLLATE "C",
    identifiers  bigint NOT NULL DEFAULT 0,
    interactions bigint NOT NULL DEFAULT 0,
    code         text,
    subject      text COLLATE "C",
    rivals       text[] COLLATE "C",
    cause        text NOT NULL,
    ref          text NOT NULL,
    recorded_at  bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000)::bigint
  )`,
  'CREATE INDEX identity_event_from ON identity_event (from_id) WHERE from_id IS NOT NULL',
  'CREATE INDEX identity_event_to ON identity_event (to_id) WHERE to_id IS NOT NULL',
  'CREATE INDEX identity_event_subject ON identity_event (subject) WHERE subject IS NOT NULL',
  'CREATE INDEX decision_subject ON decision (subject)',
  'CREATE INDEX decision_rivals ON decision USING gin (rivals)',
  `
  CREATE TABLE trait (
    tenant text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL,
    kind   text NOT NULL,
    name   text COLLATE "C" NOT NULL,
    filing text COLLATE "C" NOT NULL,
    value  text NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (tenant, source, id, kind, name)
  )`,
  'CREATE INDEX trait_filing ON trait (filing)',
  // What was erased, by keyed hash: kept for ever, so that nothing of it comes back.
  `
  CREATE TABLE erasure_part (
    tenant     text COLLATE "C" NOT NULL,
    erasure_id text COLLATE "C" NOT NULL,
    part       bigint NOT NULL,
    parts      bigint NOT NULL,
    at         bigint NOT NULL,
    record     text NOT NULL,
    PRIMARY KEY (tenant, erasure_id, part)
  )`,
  `
  CREATE TABLE erasure_request (
    tenant     text COLLATE "C" NOT NULL,
    erasure_id text COLLATE "C" NOT NULL,
    actor      text NOT NULL,
    reason     text NOT NULL,
    key_id     text NOT NULL,
    PRIMARY KEY (tenant, erasure_id)
  )`,
  `
  CREATE TABLE erasure_done (
    tenant     text COLLATE "C" NOT NULL,
    erasure_id text COLLATE "C" NOT NULL,
    part       bigint NOT NULL,
    service    text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    stores     text NOT NULL,
    PRIMARY KEY (tenant, erasure_id, part, service)
  )`,
  // Which erasure a call about two erased people follows: the last.
  `
  CREATE TABLE erased_call (
    call_id text COLLATE "C" PRIMARY KEY,
    at      bigint NOT NULL
  )`,
  `
  CREATE TABLE erased_interaction (
    hash       text COLLATE "C" PRIMARY KEY,
    erasure_id text COLLATE "C" NOT NULL,
    at         bigint NOT NULL
  )`,
  `
  CREATE TABLE haunted_interaction (
    hash   text COLLATE "C" PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL
  )`,
  `
  CREATE TABLE erased_identifier (
    name       text COLLATE "C" NOT NULL,
    erasure_id text COLLATE "C" NOT NULL,
    type       text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (name, erasure_id)
  )`,
];

export class CreateIdentityTables1763769600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables =
      'erasure_done, erasure_request, erased_call, haunted_interaction, erased_identifier, erased_interaction, erasure_part, trait, identity_event, decision, profile, call_entry, call, link, identifier, filing_identifier, filing, winner, rules';
    await runner.query(`DROP TABLE ${tables}`);
    await runner.query('DROP SEQUENCE profile_key');
  }
}
