import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backends, eventually } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { type Running, startStandalone } from '../../apps/standalone/src/start.js';
import { type SecuredBackends, startSecuredBackends } from './secured-backends.js';

type Variables = Readonly<Record<string, string>>;

if (backends().kafkaBrokers.length > 0)
  describe('Kafka, Postgres and Redis by TLS and password', () => {
    let secured: SecuredBackends;
    let dataDir: string;
    let running: Running;

    const start = (more: Variables = {}): Promise<Running> =>
      startStandalone({
        environment: {
          TOUCHLINE_SECRET: 'one secret of a secured installation',
          TOUCHLINE_RATE_REQUESTS: '1000',
          LOG_LEVEL: 'silent',
          ...secured.environment,
          ...more,
        },
        dataDir,
        port: 0,
      });

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'touchline-secured-data-'));
      secured = await startSecuredBackends();
      running = await start();
    }, 120_000);
    afterAll(async () => {
      await running?.stop();
      await secured?.stop();
      await rm(dataDir, { recursive: true, force: true });
    }, 60_000);

    it('take an event and answer its KPI', async () => {
      const client = new TouchlineClient({ url: running.url, key: running.keys.admin });
      await client.post('/v1/sources', { source: 'webshop' });
      const body = {
        source: 'webshop',
        id: 'order-1',
        type: 'order.placed',
        channel: 'web',
        occurredAt: new Date(Date.now() - 120_000).toISOString(),
        identifiers: [{ type: 'email', value: 'jane@example.com' }],
        data: { orderId: 'A-1', value: '49.90', currency: 'EUR' },
      };
      const answer = await client.send({ method: 'POST', path: '/v1/interactions', body });
      expect(answer.status).toBe(202);
      await eventually(
        async () =>
          expect(await client.get('/v1/kpis/revenue?window=1h')).toMatchObject({ value: '49.90' }),
        { timeoutMs: 20_000 },
      );
      const ready = (await (await fetch(`${running.url}/health/ready`)).json()) as object;
      expect(ready).toMatchObject({ status: 'up', checks: { cache: { status: 'up' } } });
    }, 60_000);
  });
