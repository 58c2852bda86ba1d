import type { MigrationInterface, QueryRunner } from 'typeorm';

const BUCKET_KEY = `
  tenant   text COLLATE "C" NOT NULL,
  kpi      text COLLATE "C" NOT NULL,
  version  int NOT NULL,
  start_ms bigint NOT NULL,
  dim1     text COLLATE "C" NOT NULL,
  dim2     text COLLATE "C" NOT NULL,
  dim3     text COLLATE "C" NOT NULL,
  dim4     text COLLATE "C" NOT NULL`;
const BUCKET_COLUMNS = 'tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4';

const COUNTERS = `
  items       bigint NOT NULL,
  provisional bigint NOT NULL,
  n           bigint NOT NULL,
  numerator   numeric NOT NULL,
  squares     numeric NOT NULL`;

const STATEMENTS = [
  `
  CREATE TABLE rules (
    tenant           text COLLATE "C" PRIMARY KEY,
    zone             text NOT NULL,
    service_level_ms bigint NOT NULL,
    short_abandon_ms bigint NOT NULL,
    fingerprint      text NOT NULL,
    built_kind       text COLLATE "C",
    built_key        text COLLATE "C"
  )`,
  `
  CREATE TABLE definition (
    tenant   text COLLATE "C" NOT NULL,
    kpi      text COLLATE "C" NOT NULL,
    version  int NOT NULL,
    body     jsonb NOT NULL,
    since_ms bigint,
    until_ms bigint,
    PRIMARY KEY (tenant, kpi, version)
  )`,
  `
  CREATE TABLE fact (
    tenant         text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    revision       bigint NOT NULL,
    is_gone        boolean NOT NULL,
    at_ms          bigint NOT NULL,
    from_ms        bigint NOT NULL,
    to_ms          bigint NOT NULL,
    profile_id     text NOT NULL,
    is_provisional boolean NOT NULL,
    dims           jsonb NOT NULL,
    measures       jsonb NOT NULL,
    interactions   text NOT NULL,
    PRIMARY KEY (tenant, kind, key)
  ) WITH (fillfactor = 80)`,
  'CREATE INDEX fact_at ON fact (tenant, kind, at_ms)',
  `
  CREATE TABLE interaction (
    key      uuid PRIMARY KEY,
    tenant   text COLLATE "C" NOT NULL,
    source   text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    is_gone  boolean NOT NULL,
    at_ms    bigint NOT NULL,
    dims     jsonb NOT NULL
  )`,
  'CREATE INDEX interaction_at ON interaction (tenant, at_ms)',
  `
  CREATE TABLE bucket (
    ${BUCKET_KEY},
    end_ms          bigint NOT NULL,
    ${COUNTERS},
    changed_at_ms   bigint NOT NULL,
    dirty_since_ms  bigint,
    published_at_ms bigint,
    publications    int NOT NULL DEFAULT 0,
    PRIMARY KEY (${BUCKET_COLUMNS})
  ) WITH (fillfactor = 70)`,
  'CREATE INDEX bucket_dirty ON bucket (dirty_since_ms) WHERE dirty_since_ms IS NOT NULL',
  `
  CREATE TABLE histogram (
    ${BUCKET_KEY},
    bin   int NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (${BUCKET_COLUMNS}, bin)
  ) WITH (fillfactor = 70)`,
  `
  CREATE TABLE publication (
    ${BUCKET_KEY},
    sequence        int NOT NULL,
    published_at_ms bigint NOT NULL,
    end_ms          bigint NOT NULL,
    ${COUNTERS},
    bins            jsonb NOT NULL,
    causes          jsonb NOT NULL,
    PRIMARY KEY (${BUCKET_COLUMNS}, sequence)
  )`,
  'CREATE INDEX publication_correction ON publication (tenant, kpi, published_at_ms) WHERE sequence > 1',
  'CREATE INDEX publication_newest ON publication (tenant, published_at_ms)',
  `
  CREATE TABLE bucket_cause (
    ${BUCKET_KEY},
    cause text COLLATE "C" NOT NULL,
    ref   text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (${BUCKET_COLUMNS}, cause, ref)
  )`,
  `
  CREATE TABLE kpi_rolling (
    tenant      text COLLATE "C" NOT NULL,
    kpi         text COLLATE "C" NOT NULL,
    window_name text NOT NULL,
    currency    text NOT NULL,
    version     int NOT NULL,
    unit        text NOT NULL,
    value       numeric,
    n           bigint NOT NULL,
    numerator   numeric,
    low         float8,
    high        float8,
    p50         float8,
    p90         float8,
    p95         float8,
    provisional boolean NOT NULL,
    as_of       timestamptz NOT NULL,
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, kpi, window_name, currency)
  )`,
  // A role is of the whole cluster: another database may have made it, and a managed server may not let us.
  `
  DO $$ BEGIN
    CREATE ROLE touchline_read NOLOGIN;
  EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
  END $$`,
  `
  DO $$ BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO touchline_read', current_schema());
    GRANT SELECT ON kpi_rolling, publication TO touchline_read;
  EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL;
  END $$`,
];

/**
 * Copies of facts and narrow interaction rows, their buckets, and what was published of them. Instants are ms since 1970;
 * dimensions are columns, so that grouping and filtering need no JSON. Buckets are updated in place: room for HOT updates.
 */
export class CreateMetricsTables1763769600000 implements MigrationInterface {
  readonly name = 'CreateMetricsTables1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE kpi_rolling, bucket_cause, publication, histogram, bucket, interaction, fact, definition, rules',
    );
  }
}
