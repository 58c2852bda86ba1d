import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually, freshDatabase, type TestDatabase } from '#testing';
import { type Running, startStandalone } from '../../../standalone/src/start.js';
import { openLog } from '../adapters/open-log.js';
import { TouchlineClient } from '../adapters/touchline-client.js';
import { verifyInstallation } from '../verification/verify-installation.js';
import { restoreInstallation } from './restore-installation.js';

const SECRET = 'one secret for an installation that is not restored';
const VISIT = { source: 'shop', type: 'page.viewed', channel: 'web' };

describe('doctor --after-restore refuses', () => {
  let database: TestDatabase;
  let dataDir = '';
  let running: Running | undefined;
  let environment: Record<string, string>;

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'touchline-refused-'));
    environment = {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: SECRET,
      TOUCHLINE_DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
    };
    running = await startStandalone({ environment, dataDir, port: 0 });
    const client = new TouchlineClient({ url: running.url, key: running.keys.admin });
    await client.post('/v1/sources', { source: 'shop' });
    await client.post('/v1/interactions', [
      { ...VISIT, id: '1', occurredAt: '2026-05-04T08:00:00Z', identifiers: [] },
    ]);
    await untilRead();
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function untilRead(): Promise<void> {
    const log = await openLog(environment);
    const subject = { databaseUrl: database.url, log, secret: SECRET };
    try {
      await eventually(async () => {
        const { tenants } = await verifyInstallation(subject, { patienceMs: 10_000 });
        expect(tenants[0]?.interactions).toBe(1);
      });
    } finally {
      await log.close();
    }
  }

  async function settle() {
    const log = await openLog(environment);
    try {
      const options = { isDryRun: true, now: () => Date.now() };
      return await restoreInstallation({ databaseUrl: database.url, log }, options);
    } finally {
      await log.close();
    }
  }

  /** What `sql` changed is put back by `undo`. */
  async function whileChanged(sql: string, undo: string): Promise<unknown> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(sql);
      const refusal = await settle().catch((error: unknown) => error);
      await client.query(undo);
      return refusal;
    } finally {
      await client.end();
    }
  }

  it('while services run, and names them', async () => {
    await expect(settle()).rejects.toThrow(/Services still run: .*touchline identity/u);
    await running?.stop();
    running = undefined;
    expect(await settle()).toMatchObject({ epoch: 1, takenBack: {}, lostCalls: [] });
  });

  it('schemas of different moments', async () => {
    const refusal = await whileChanged(
      'UPDATE identity.winner SET counter = 0',
      'UPDATE identity.winner SET counter = 1',
    );
    expect(String(refusal)).toMatch(/journey has handled records that identity knows nothing of/u);
  });

  it('a log that no longer holds what comes after the backup, or never did', async () => {
    const beyond = await whileChanged(
      'UPDATE identity.consumer_offset SET next = next + 5',
      'UPDATE identity.consumer_offset SET next = next - 5',
    );
    expect(String(beyond)).toMatch(/identity wants \d+, the log holds 0 to \d+/u);
    const other = await whileChanged(
      `UPDATE journey.consumer_offset SET incarnation = 'x' || incarnation`,
      `UPDATE journey.consumer_offset SET incarnation = substr(incarnation, 2)`,
    );
    expect(other).toMatchObject({ code: 'log-incarnation-changed' });
  });

  it('tables of another version', async () => {
    const older = await whileChanged(
      `UPDATE metrics.migrations SET name = 'x' || name WHERE name LIKE 'ReadOneTenant%'`,
      `UPDATE metrics.migrations SET name = substr(name, 2) WHERE name LIKE 'xReadOneTenant%'`,
    );
    expect(String(older)).toMatch(/Tables of this version are missing in metrics/u);
  });
});
