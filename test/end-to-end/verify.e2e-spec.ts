import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { simulate, SOURCES } from '#simulator';
import { eventually } from '#testing';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import { createSources } from '../../apps/cli/src/create-sources.js';
import type { Draft } from '../../apps/cli/src/domain/map-record.js';
import { expectVerified, verifyStack } from './expect-verified.js';
import { type Flavour, flavours, type Stack } from './stack.js';

const { interactions } = simulate({
  seed: 'verified',
  customers: 30,
  days: 10,
  rate: 2,
  startAt: Date.UTC(2026, 2, 1),
});

/** One row of each table that the services keep, changed behind their backs, and where verify finds it. */
const TAMPERED: readonly (readonly [string, string])[] = [
  ['identity.interactions', `UPDATE identity.winner SET version = version + 7 WHERE ctid = %`],
  ['identity.identifiers', `UPDATE identity.identifier SET standing = 'overflow' WHERE ctid = %`],
  ['identity.filings', `UPDATE identity.filing SET anchor = 'email:x@x.example' WHERE ctid = %`],
  ['journey.timeline', `UPDATE journey.timeline SET occurred_at = occurred_at + 1 WHERE ctid = %`],
  ['journey.facts', `UPDATE journey.fact SET at = at + 1 WHERE ctid = %`],
  ['metrics.interactions', `UPDATE metrics.interaction SET at_ms = at_ms + 1 WHERE ctid = %`],
  ['metrics.facts', `UPDATE metrics.fact SET is_provisional = NOT is_provisional WHERE ctid = %`],
  ['metrics.buckets', `UPDATE metrics.bucket SET numerator = numerator + 1 WHERE ctid = %`],
];

describe('verify, on a stack', () => {
  let stack: Stack;

  beforeAll(async () => {
    const [embedded] = flavours() as [Flavour];
    stack = await embedded.start();
    await createSources(stack.client, SOURCES);
    await postAll(stack);
    const [a, b] = await twoProfiles(stack);
    await stack.client.post('/v1/identity/merge', { a, b, reason: 'told so', actor: 'test' });
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  it('finds everything as it should be', async () => {
    await expectVerified(stack);
  }, 120_000);

  it.each(['journey', 'metrics'])(
    'waits for a replay of %s',
    async (service) => {
      const client = new Client({ connectionString: stack.environment['DATABASE_URL'] });
      await client.connect();
      try {
        // Whoever holds it keeps all processes of the service from taking a step.
        const lock = [`${service} replay`];
        await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', lock);
        const { id } = (await stack.client.post(`/v1/replays/${service}`, {})) as { id: string };
        await expect(verifyStack(stack, { patienceMs: 0 })).rejects.toThrow(
          `${service} is being replayed for default`,
        );
        await stack.client.delete(`/v1/replays/${service}/${id}`);
        expect((await verifyStack(stack, { patienceMs: 0 })).isEqual).toBe(true);
      } finally {
        await client.end();
      }
    },
    120_000,
  );

  it.each(TAMPERED)(
    'names the one row that somebody changed in %s',
    async (table, sql) => {
      const client = new Client({ connectionString: stack.environment['DATABASE_URL'] });
      await client.connect();
      try {
        const name = /UPDATE (\S+)/.exec(sql)?.[1] ?? '';
        const { rows } = await client.query<{ row: object; ctid: string }>(
          `SELECT to_jsonb(t) AS row, ctid::text FROM ${name} t ${LIVE[table] ?? ''} ORDER BY 1 LIMIT 1`,
        );
        const changed = await client.query(`${sql.replace('%', '$1::tid')} RETURNING ctid::text`, [
          rows[0]?.ctid,
        ]);
        expect(changed.rowCount).toBe(1);
        const { isEqual, tenants } = await verifyStack(stack);
        const different = tenants.flatMap(({ tables }) =>
          tables.filter((one) => one.different > 0),
        );
        expect(isEqual).toBe(false);
        expect(different.map((one) => [one.table, one.different])).toContainEqual([table, 1]);
        await client.query(restored(name), [
          JSON.stringify(rows[0]?.row),
          (changed.rows as { ctid: string }[])[0]?.ctid,
        ]);
      } finally {
        await client.end();
      }
      await expectVerified(stack);
    },
    120_000,
  );
});

const LIVE: Readonly<Record<string, string>> = {
  'identity.identifiers': `WHERE standing = 'person'`,
  'identity.filings': 'WHERE total > 0',
  'journey.facts': 'WHERE NOT is_gone',
  'metrics.interactions': 'WHERE NOT is_gone',
  'metrics.facts': 'WHERE NOT is_gone',
  'metrics.buckets': 'WHERE items <> 0',
};

/** Puts the row back as it was. */
function restored(name: string): string {
  const columns: Readonly<Record<string, string>> = {
    'identity.winner': 'version',
    'identity.identifier': 'standing',
    'identity.filing': 'anchor',
    'journey.timeline': 'occurred_at',
    'journey.fact': 'at',
    'metrics.interaction': 'at_ms',
    'metrics.fact': 'is_provisional',
    'metrics.bucket': 'numerator',
  };
  const column = columns[name] ?? '';
  return `UPDATE ${name} t SET ${column} = (jsonb_populate_record(t, $1::jsonb)).${column} WHERE ctid = $2::tid`;
}

/** Identifiers of two profiles that the evidence does not join. */
async function twoProfiles({ client }: Stack): Promise<[string, string]> {
  const carried = interactions.flatMap(({ post }) => post.identifiers ?? []);
  const named = carried.filter(({ type }) => type === 'email');
  const [a = '', b = ''] = new Set(named.map(({ value }) => `email:${value}`));
  for (const identifier of [a, b])
    await eventually(
      () => client.get(`/v1/profiles?identifier=${encodeURIComponent(identifier)}`),
      {
        timeoutMs: 30_000,
      },
    );
  return [a, b];
}

async function postAll({ client }: Stack): Promise<void> {
  const sink = new HttpSink(client);
  const drafts = interactions.map(({ post }) => post as unknown as Draft);
  for (let at = 0; at < drafts.length; at += 100) {
    const { rejected } = await sink.post(drafts.slice(at, at + 100));
    expect(rejected).toEqual([]);
  }
}
