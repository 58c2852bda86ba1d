/**
 * What one more cookie costs on a profile that already has 10, 1,000 or 10,000: statements, rows read, rows written, and CPU
 * of Node and Postgres. Not a rate, hence no arm: the figures ought to be flat. Run it with
 * `node --import ./libs/testing/src/typescript-loader.mjs bench/growing-profile.ts`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLog } from '#event-log';
import { openStorage, startEmbeddedPostgres } from '#storage';
import type { Storage, Transaction } from '#storage';
import { ResolveBatch } from '../apps/identity/src/application/resolve-batch.js';
import { PostgresErasureStore } from '../apps/identity/src/adapters/postgres/postgres-erasure.store.js';
import { PostgresIdentityStore } from '../apps/identity/src/adapters/postgres/postgres-identity.store.js';
import { IDENTITY_SCHEMA } from '../apps/identity/src/identity.module.js';
import { recordOf, SECRET } from '../apps/identity/src/testing/histories.fixture.js';
import { cpuByProcess } from './cpu.js';

const SIZES = [10, 1_000, 10_000];
const APPENDS = 50;
const CHUNK = 500;

interface Cost {
  statements: number;
  read: number;
  written: number;
}

/** Counts what goes over one transaction; a write has as many rows as its first array. */
function counting(transaction: Transaction, cost: Cost): Transaction {
  return {
    async query<Row extends object>(sql: string, parameters: readonly unknown[] = []) {
      const rows = await transaction.query<Row>(sql, parameters);
      const isWrite = /^\s*(INSERT|UPDATE|DELETE)/.test(sql);
      cost.statements += 1;
      if (!isWrite) cost.read += rows.length;
      else cost.written += Array.isArray(parameters[0]) ? parameters[0].length : 1;
      return rows;
    },
  };
}

let sequence = 0;

function visit(person: string, cookie: number) {
  sequence += 1;
  const sighting = {
    tenant: 'default',
    source: 'web',
    id: `i${sequence}`,
    type: 'page.viewed',
    version: 0,
    at: sequence * 1_000,
    contentHash: `h${sequence}`,
    conversation: undefined,
    isWithdrawn: false,
    receivedAt: 0,
    identifiers: [
      { type: 'userId', value: person },
      { type: 'anonymousId', value: `${person} ${cookie}` },
    ],
  };
  return recordOf(sighting, sequence);
}

async function appendTo(storage: Storage, size: number, pids: Record<string, number>) {
  const resolve = new ResolveBatch(
    storage.unitOfWork,
    new PostgresIdentityStore(),
    { value: SECRET },
    new PostgresErasureStore(),
  );
  const person = `person ${size}`;
  const cost: Cost = { statements: 0, read: 0, written: 0 };
  const step = (first: number, count: number) =>
    storage.unitOfWork.publish(async (transaction) => {
      const records = Array.from({ length: count }, (_, index) => visit(person, first + index));
      const outgoing = await resolve.resolve(counting(transaction, cost), records);
      return { result: undefined, outgoing };
    });
  for (let first = 0; first < size; first += CHUNK)
    await step(first, Math.min(CHUNK, size - first));
  await storage.unitOfWork.run((transaction) => transaction.query('ANALYZE'));
  await step(size, 1);
  Object.assign(cost, { statements: 0, read: 0, written: 0 });
  const before = cpuByProcess(pids);
  for (let index = 1; index <= APPENDS; index += 1) await step(size + index, 1);
  const after = cpuByProcess(pids);
  const each = (name: string) => Math.round(((after[name] ?? 0) - (before[name] ?? 0)) / APPENDS);
  const rows = Object.entries(cost).map(([name, count]) => [name, count / APPENDS]);
  return {
    cookies: size,
    ...Object.fromEntries(rows),
    nodeUs: each('node'),
    postgresUs: each('postgres'),
  };
}

const dir = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
const pidFile = await readFile(join(dir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
const pids = { node: process.pid, postgres: Number(pidFile.split('\n')[0]) };
const log = await openEventLog({ kind: 'postgres', databaseUrl: postgres.url });
const storage = await openStorage({ ...IDENTITY_SCHEMA, databaseUrl: postgres.url, log });
try {
  await storage.migrate();
  const figures = [];
  for (const size of SIZES) figures.push(await appendTo(storage, size, pids));
  console.table(figures);
} finally {
  await storage.close();
  await log.close();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
}
