import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openEventLog } from '#event-log';
import { openStorage } from '#storage';
import type { Storage, Transaction } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { ResolveBatch } from '../../application/resolve-batch.js';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import { CompiledRules } from '../../domain/rules.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misfiled,
} from '../../testing/canonical-people.fixture.js';
import type { StoredPeople } from '../../testing/canonical-people.fixture.js';
import {
  SECRET,
  TENANT,
  historyArbitrary,
  nameOf,
  recordOf,
  rulesArbitrary,
} from '../../testing/histories.fixture.js';
import { CreateIdentityTables1763769600001 } from './migrations/create-identity-tables.js';
import { PostgresIdentityStore } from './postgres-identity.store.js';
import { decisionIn, filingIn, identifierIn, linksIn, profileIn } from './rows.js';
import type {
  DecisionRecord,
  FilingRecord,
  IdentifierRecord,
  LinkRecord,
  ProfileRecord,
} from './rows.js';

const TABLES =
  'trait, decision, profile, call, link, identifier, filing_identifier, filing, winner, rules';

let database: TestDatabase;
let storage: Storage;
let closeLog: () => Promise<void>;

beforeAll(async () => {
  database = await freshDatabase();
  const log = await openEventLog({ kind: 'postgres', databaseUrl: database.url });
  closeLog = () => log.close();
  storage = await openStorage({
    databaseUrl: database.url,
    schema: 'identity',
    migrations: [CreateIdentityTables1763769600001],
    log,
  });
  await storage.migrate();
}, 60_000);

afterAll(async () => {
  await storage.close();
  await closeLog();
  await database.close();
});

async function start(rules: CompiledRules): Promise<void> {
  await storage.unitOfWork.run(async (transaction) => {
    await transaction.query(`TRUNCATE ${TABLES}`);
    const body = JSON.stringify({
      ...rules.rules,
      levels: rules.rules.levels,
    });
    await transaction.query('INSERT INTO rules VALUES ($1, 1, $2)', [TENANT, body]);
  });
}

async function stored(transaction: Transaction): Promise<StoredPeople> {
  const rows = <Row extends object>(table: string): Promise<Row[]> =>
    transaction.query<Row>(`SELECT * FROM ${table}`);
  return {
    filings: (await rows<FilingRecord>('filing')).map(filingIn),
    identifiers: (await rows<IdentifierRecord>('identifier')).map(identifierIn),
    links: linksIn(await rows<LinkRecord>('link')),
    profiles: (await rows<ProfileRecord>('profile')).map(profileIn),
    decisions: (await rows<DecisionRecord>('decision')).map(decisionIn),
  };
}

const resolver = (): ResolveBatch =>
  new ResolveBatch(storage.unitOfWork, new PostgresIdentityStore(), { value: SECRET });

/** Every worker has its own part of the history and goes through it in batches of three. */
async function work(history: readonly Sighting[]): Promise<void> {
  const resolve = resolver();
  for (let from = 0; from < history.length; from += 3) {
    const records = history
      .slice(from, from + 3)
      .map((sighting, index) => recordOf(sighting, index));
    await storage.unitOfWork.publish(async (transaction) => ({
      result: undefined,
      outgoing: await resolve.resolve(transaction, records),
    }));
  }
}

describe('identity on Postgres', () => {
  it('with three workers at once, ends where resolving from scratch ends', async () => {
    await fc.assert(
      fc.asyncProperty(historyArbitrary, rulesArbitrary, async (history, rules) => {
        await start(rules);
        const parts = [0, 1, 2].map((part) => history.filter((_, index) => index % 3 === part));
        await Promise.all(parts.map(work));
        const people = resolveFromScratch({ sightings: history, calls: [], rules, nameOf });
        const kept = await storage.unitOfWork.run(stored);
        expect(canonicalStore(kept)).toEqual(canonicalPeople(people));
        expect(misfiled(kept)).toEqual([]);
        expect(misdated(kept)).toEqual([]);
      }),
      { numRuns: Number(process.env['IDENTITY_PG_RUNS'] ?? 50) },
    );
  }, 120_000);
});
