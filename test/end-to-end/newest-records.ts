import { FACT_KINDS, FACT_TOPIC, HEADER, counterOf, TOPIC, TOPICS } from '#contracts';
import type { EventLog, LogRecord } from '#event-log';
import { withSnapshot, type Snapshot } from '#storage';
import { recordsOf } from './what-is-left.js';

/** Compacted topics whose records have revisions: the newest of each key is what new readers get. */
const REVISED = TOPICS.filter(
  ({ kind, name }) => kind === 'compacted' && !name.startsWith('touchline.erasure.'),
).map(({ name }) => name);

type Newest = ReadonlyMap<string, LogRecord>;

const revisionIn = ({ headers }: LogRecord): number => Number(headers[HEADER.revision]);

/** What compaction leaves; and keys whose newest record has not the highest revision. */
async function newestOf(log: EventLog): Promise<{ newest: Newest; outdone: string[] }> {
  const newest = new Map<string, LogRecord>();
  const highest = new Map<string, number>();
  for (const record of await recordsOf(log, REVISED)) {
    const name = `${record.topic} ${record.key}`;
    newest.set(name, record);
    highest.set(name, Math.max(highest.get(name) ?? -1, revisionIn(record)));
  }
  const outdone = [...newest]
    .filter(([name, record]) => revisionIn(record) !== highest.get(name))
    .map(([name]) => name);
  return { newest, outdone };
}

/** Where the newest records of compacted topics and the tables disagree. */
export async function differencesFromTopics(
  databaseUrl: string,
  log: EventLog,
): Promise<{ readonly different: string[]; readonly looked: number }> {
  const { newest, outdone } = await newestOf(log);
  const told = new Map(
    [...newest]
      .filter(([, { value }]) => value !== null)
      .map(([name, record]) => [name, summaryOf(record)]),
  );
  const kept = await withSnapshot(databaseUrl, keptIn);
  // Of a filing that every interaction has left, the last that was told stays: nobody is in it.
  for (const name of await withSnapshot(databaseUrl, leftFilings)) told.delete(name);
  const different = [
    ...outdone.map((name) => `outdone: ${name}`),
    // A filing that never moved is told by the interactions in it only.
    ...[...kept]
      .filter(
        ([name]) => !name.startsWith(TOPIC.filingMoved.name) || newest.get(name)?.value != null,
      )
      .filter(([name, summary]) => told.get(name) !== summary)
      .map(([name, summary]) => `${name}: kept ${summary}, told ${told.get(name)}`),
    ...[...told.keys()].filter((name) => !kept.has(name)).map((name) => `a ghost: ${name}`),
  ];
  return { different, looked: told.size };
}

function summaryOf(record: LogRecord): string {
  const body = JSON.parse(record.value?.toString('utf8') ?? '') as Record<string, unknown>;
  const counter = counterOf(revisionIn(record));
  switch (record.topic) {
    case TOPIC.filingMoved.name:
      return `${String(body['profileKey'])} ${counter}`;
    case TOPIC.profileChanged.name:
      return `${String(body['profileId'])} ${counter}`;
    case TOPIC.tenantChanged.name:
      return `${(body['keys'] as unknown[]).length} keys ${counter}`;
    case TOPIC.sourceChanged.name:
    case TOPIC.kpiUpdated.name:
      return String(counter);
    default:
      return String(revisionIn(record));
  }
}

async function leftFilings(snapshot: Snapshot): Promise<string[]> {
  const rows = await snapshot
    .of('identity')
    .read<{ key: string }>('SELECT tenant || chr(31) || filing AS key FROM filing WHERE total = 0');
  return rows.map(({ key }) => `${TOPIC.filingMoved.name} ${key}`);
}

async function keptIn(snapshot: Snapshot): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  const keep = async (schema: string, topic: string, sql: string): Promise<void> => {
    const rows = await snapshot.of(schema).read<{ key: string; summary: string }>(sql);
    for (const { key, summary } of rows) kept.set(`${topic} ${key}`, summary);
  };
  await keep(
    'identity',
    TOPIC.filingMoved.name,
    `SELECT f.tenant || chr(31) || f.filing AS key, f.profile_key || ' ' || f.counter AS summary FROM filing f WHERE f.total > 0`,
  );
  await keep(
    'identity',
    TOPIC.profileChanged.name,
    `SELECT tenant || chr(31) || profile_key AS key, profile_id || ' ' || counter AS summary FROM profile WHERE NOT is_gone`,
  );
  for (const kind of FACT_KINDS)
    await keep(
      'journey',
      FACT_TOPIC[kind],
      `SELECT tenant || chr(31) || replace(fact_id::text, '-', '') AS key, revision::text AS summary
         FROM fact WHERE NOT is_gone AND kind = '${kind}'`,
    );
  await keep(
    'ingestion',
    TOPIC.tenantChanged.name,
    `SELECT tenant AS key, (SELECT count(*) FROM api_key k WHERE k.tenant = t.tenant AND revoked_at IS NULL) || ' keys ' || counter AS summary
       FROM tenant t`,
  );
  await keep(
    'ingestion',
    TOPIC.sourceChanged.name,
    `SELECT tenant || chr(31) || source AS key, counter::text AS summary FROM source WHERE deleted_at IS NULL`,
  );
  await keep(
    'metrics',
    TOPIC.kpiUpdated.name,
    `SELECT array_to_string(ARRAY[p.tenant, p.kpi, p.version::text,
              to_char(to_timestamp(start_ms / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')]
              || (ARRAY[dim1, dim2, dim3, dim4])[:jsonb_array_length(body -> 'dimensions')], chr(31)) AS key, sequence::text AS summary
       FROM (SELECT DISTINCT ON (tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4) * FROM publication
              ORDER BY tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4, sequence DESC) p
       JOIN definition d ON d.tenant = p.tenant AND d.kpi = p.kpi AND d.version = p.version
      WHERE p.items > 0`,
  );
  return kept;
}
