/**
 * Tables of the embedded log. Keys and headers are bytes, not text: Kafka takes any bytes, so must this (U+0000, lone
 * surrogates). `next_offset` is raised under the partition's row lock, which append holds to its commit: offsets are dense and
 * in commit order, and whoever sees `next_offset` = n also sees every record below n.
 */
export const LOG_SCHEMA = `
CREATE SCHEMA IF NOT EXISTS log;

CREATE TABLE IF NOT EXISTS log.incarnation (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO log.incarnation DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS log.topic (
  topic_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  partitions int NOT NULL CHECK (partitions > 0),
  is_compacted boolean NOT NULL,
  retention_ms bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS log.partition (
  topic_id int NOT NULL REFERENCES log.topic,
  partition int NOT NULL,
  earliest bigint NOT NULL DEFAULT 0,
  next_offset bigint NOT NULL DEFAULT 0,
  compacted_to bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS log.record (
  topic_id int NOT NULL,
  partition int NOT NULL,
  record_offset bigint NOT NULL,
  appended_at bigint NOT NULL,
  key bytea NOT NULL,
  headers bytea NOT NULL,
  value bytea,
  PRIMARY KEY (topic_id, partition, record_offset)
);

CREATE TABLE IF NOT EXISTS log.member (
  group_name text COLLATE "C" NOT NULL,
  member_id uuid NOT NULL,
  topics text[] NOT NULL,
  joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (group_name, member_id)
);

CREATE TABLE IF NOT EXISTS log.claim (
  group_name text COLLATE "C" NOT NULL,
  topic_id int NOT NULL,
  partition int NOT NULL,
  member_id uuid NOT NULL,
  PRIMARY KEY (group_name, topic_id, partition),
  FOREIGN KEY (group_name, member_id) REFERENCES log.member ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS claim_member ON log.claim (group_name, member_id);

-- One call appends a whole load: a single round trip and a single fsync. All bytes travel in one parameter (key, headers,
-- value of each record in turn), which costs half of an array of byte strings. A null value length is a tombstone.
CREATE OR REPLACE FUNCTION log.append(
  topic_ids int[], partitions int[], key_lengths int[], headers_lengths int[], value_lengths int[],
  bytes bytea, at bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted int;
  locked int;
BEGIN
  SELECT count(*) INTO wanted FROM (SELECT DISTINCT * FROM unnest(topic_ids, partitions)) AS distinct_pairs;
  WITH held AS (
    SELECT 1 FROM log.partition AS p
    WHERE (p.topic_id, p.partition) IN (SELECT * FROM unnest(topic_ids, partitions))
    ORDER BY p.topic_id, p.partition
    FOR UPDATE
  ) SELECT count(*) INTO locked FROM held;
  IF locked <> wanted THEN
    RAISE EXCEPTION 'a partition does not exist' USING ERRCODE = 'undefined_object';
  END IF;

  WITH incoming AS (
    SELECT i.*,
      row_number() OVER (PARTITION BY i.topic_id, i.partition ORDER BY i.place) - 1 AS step,
      sum(i.key_length + i.headers_length + coalesce(i.value_length, 0)) OVER (ORDER BY i.place)
        - (i.key_length + i.headers_length + coalesce(i.value_length, 0)) AS start
    FROM unnest(topic_ids, partitions, key_lengths, headers_lengths, value_lengths)
      WITH ORDINALITY AS i(topic_id, partition, key_length, headers_length, value_length, place)
  ), stored AS (
    INSERT INTO log.record (topic_id, partition, record_offset, appended_at, key, headers, value)
    SELECT i.topic_id, i.partition, p.next_offset + i.step, at,
      substr(bytes, i.start::int + 1, i.key_length),
      substr(bytes, i.start::int + 1 + i.key_length, i.headers_length),
      substr(bytes, i.start::int + 1 + i.key_length + i.headers_length, i.value_length)
    FROM incoming AS i JOIN log.partition AS p USING (topic_id, partition)
    ORDER BY i.place
  ), counted AS (
    SELECT topic_id, partition, count(*) AS records FROM incoming GROUP BY topic_id, partition
  )
  UPDATE log.partition AS p SET next_offset = p.next_offset + c.records
  FROM counted AS c WHERE p.topic_id = c.topic_id AND p.partition = c.partition;

  PERFORM pg_notify('touchline_log', 'topics:' || string_agg(DISTINCT id::text, ','))
  FROM unnest(topic_ids) AS id;
END $$;
`;
