import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { FACT_TOPIC, HEADER, TOPIC } from '#contracts';
import type { ReplayView } from '#replay';
import { simulate, SOURCES } from '#simulator';
import { eventually } from '#testing';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import { createSources } from '../../apps/cli/src/create-sources.js';
import { identifiersUsed } from '../../apps/cli/src/demo/load-demo.js';
import type { Draft } from '../../apps/cli/src/domain/map-record.js';
import { program } from '../../apps/cli/src/program.js';
import { type Asked, canonicalDump } from './canonical-dump.js';
import { expectVerified, verifyStack } from './expect-verified.js';
import { flavours, type Stack } from './stack.js';
import { recordsOf } from './what-is-left.js';

const simulation = simulate({
  seed: 'replayed',
  customers: 15,
  days: 10,
  rate: 2,
  startAt: Date.UTC(2026, 2, 1),
});
const asked: Asked = {
  identifiers: identifiersUsed(simulation),
  kpis: ['interactions', 'sessions', 'contacts', 'orders', 'revenue', 'average-handle-time'],
  from: '2026-02-20',
  to: '2026-03-20',
};

type Replayable = 'journey' | 'metrics';
const KPI_TOPICS = [TOPIC.kpiUpdated.name, TOPIC.kpiCorrected.name];

let stack: Stack;
let exitCodeBefore: typeof process.exitCode;
afterEach(async () => {
  process.exitCode = exitCodeBefore;
  await stack?.stop();
}, 60_000);

async function postAll(): Promise<void> {
  const sink = new HttpSink(stack.client);
  const drafts = simulation.interactions.map(({ post }) => post as unknown as Draft);
  for (let at = 0; at < drafts.length; at += 50) {
    const { rejected } = await sink.post(drafts.slice(at, at + 50));
    expect(rejected).toEqual([]);
  }
}

/** `touchline replay <service> --wait --json …` */
async function replayed(
  service: Replayable,
  ...words: string[]
): Promise<ReplayView & { exitCode: unknown }> {
  const { write } = process.stdout;
  let said = '';
  process.stdout.write = (text: string | Uint8Array) => ((said += String(text)), true);
  try {
    const where = ['--url', stack.url, '--key', stack.key, '--wait', '--json'];
    await program().parseAsync(['node', 'touchline', 'replay', service, ...where, ...words]);
  } finally {
    process.stdout.write = write;
  }
  const { exitCode } = process;
  process.exitCode = exitCodeBefore;
  return { ...(JSON.parse(said) as ReplayView), exitCode };
}

/** Of the records that journey wrote, or metrics. */
async function causes(topics: readonly string[] = Object.values(FACT_TOPIC)): Promise<string[]> {
  const log = await openLog(stack.environment);
  try {
    const records = await recordsOf(log, topics);
    return records.map(({ headers }) => headers[HEADER.cause] ?? '');
  } finally {
    await log.close();
  }
}

/** The tables in which `verify` finds something else than follows from the archive. */
async function differing(): Promise<string[]> {
  const { tenants } = await verifyStack(stack);
  const tables = tenants.flatMap((each) => each.tables).filter((each) => each.different > 0);
  return tables.map(({ table }) => table);
}

/** Rows forget what they count in, and everybody's facts are derived from that: as by a program with a mistake. */
async function mistake(): Promise<void> {
  const database = new Client({ connectionString: stack.environment['DATABASE_URL'] });
  await database.connect();
  await database.query(
    `UPDATE journey.timeline SET fact_id = NULL, is_sequential = false WHERE hashtext(id) % 2 = 0`,
  );
  await database.query(
    `UPDATE journey.profile p SET due_at = NULL, quarantine = json_build_object('at', 0, 'detail', 'a test', 'factIds', coalesce(
       (SELECT json_agg(replace(fact_id::text, '-', '')) FROM journey.fact f
         WHERE f.tenant = p.tenant AND f.profile_key = p.profile_key AND NOT f.is_sequential AND NOT f.is_gone), '[]'))
      WHERE NOT p.is_gone`,
  );
  await database.end();
  const { client } = stack;
  const page = async () =>
    (await client.get('/v1/quarantines?limit=200')) as { items: { profileId: string }[] };
  for (let found = await page(); found.items.length > 0; found = await page())
    for (const { profileId } of found.items)
      await client.post(`/v1/quarantines/${profileId}/retry`, {});
}

describe.each(flavours().slice(0, 2))('replays on a stack, $name', ({ start }) => {
  it('leave no trace beside live traffic, and bring right what was wrong, KPIs included', async () => {
    exitCodeBefore = process.exitCode;
    stack = await start();
    await createSources(stack.client, SOURCES);
    const posting = { isOver: false };
    const posted = postAll().finally(() => (posting.isOver = true));
    const beside: ReplayView[] = [];
    while (!posting.isOver) beside.push(await replayed('journey'), await replayed('metrics'));
    await posted;
    await expectVerified(stack);
    expect(beside.length).toBeGreaterThan(0);
    expect(beside.flatMap(({ differences }) => differences.examples)).toEqual([]);
    const dump = await canonicalDump(stack, asked);
    const without = { status: 'done', differences: { total: 0 }, exitCode: 0 };
    expect(await replayed('journey')).toMatchObject(without);
    expect(await replayed('metrics')).toMatchObject(without);
    expect(await canonicalDump(stack, asked)).toEqual(dump);
    expect(await causes()).not.toContain('rules');
    expect(await causes(KPI_TOPICS)).not.toContain('rules');

    await miscount();
    expect(await differing()).toEqual(['metrics.buckets']);
    const found = await replayed('metrics', '--dry-run');
    expect(found).toMatchObject({ status: 'done', exitCode: 3 });
    expect(await differing()).toEqual(['metrics.buckets']);
    expect(await replayed('metrics')).toMatchObject({
      differences: found.differences,
      exitCode: 0,
    });
    await expectVerified(stack);
    expect(await canonicalDump(stack, asked)).toEqual(dump);

    await mistake();
    expect(await differing()).toEqual(
      expect.arrayContaining(['journey.facts', 'metrics.facts', 'metrics.buckets']),
    );
    const tried = await replayed('journey', '--dry-run');
    expect(tried).toMatchObject({ status: 'done', exitCode: 3 });
    expect(await replayed('journey')).toMatchObject({
      status: 'done',
      differences: tried.differences,
      exitCode: 0,
    });
    await expectVerified(stack);
    await eventually(async () => expect(await canonicalDump(stack, asked)).toEqual(dump));
    expect(await causes()).toContain('rules');
    await refusals();
  }, 180_000);
});

/** Buckets that count what nobody did, and buckets that are gone: as by a program with a mistake. */
async function miscount(): Promise<void> {
  const database = new Client({ connectionString: stack.environment['DATABASE_URL'] });
  await database.connect();
  await database.query(
    'UPDATE metrics.bucket SET items = items + 1, n = n + 1, numerator = numerator + 1 WHERE hashtext(kpi || start_ms) % 5 = 0',
  );
  await database.query('DELETE FROM metrics.bucket WHERE hashtext(kpi || start_ms) % 5 = 1');
  await database.end();
}

async function refusals(): Promise<void> {
  const { client, url, key } = stack;
  const { items } = (await client.get('/v1/replays/journey')) as { items: ReplayView[] };
  const [last] = items;
  expect(await client.delete(`/v1/replays/journey/${last?.id}`)).toMatchObject({ status: 'done' });
  await expect(client.get('/v1/replays/journey/none')).rejects.toMatchObject({ code: 'not-found' });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const post = (body: string) =>
    fetch(`${url}/v1/replays/journey`, { method: 'POST', headers, body });
  const wrong = await post('{"dryRun":"no"}');
  expect(wrong.status).toBe(422);
  const accepted = await post('{"dryRun":true}');
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get('location')).toMatch(/^\/v1\/replays\/journey\/[0-9a-f-]{36}$/);
}
