import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationFault } from '#runtime';
import { backends, eventually } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { diagnose } from '../../apps/cli/src/application/diagnose.js';
import { backendChecks } from '../../apps/cli/src/commands/backend-checks.js';
import { type Running, startStandalone } from '../../apps/standalone/src/start.js';
import { scrape } from './scrape.js';
import { type SecuredBackends, SPARE, startSecuredBackends } from './secured-backends.js';

type Variables = Readonly<Record<string, string>>;

const MAIN = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
const LOADER = new URL('../../libs/testing/src/typescript-loader.mjs', import.meta.url).href;
const WRONG = 'not-the-password';

interface RefusalCase {
  readonly backend: string;
  readonly what: string;
  /** Of doctor. */
  readonly check: 'log' | 'database' | 'cache';
  readonly sentence: RegExp;
  readonly change: (secured: SecuredBackends) => Variables;
}

/** The secured environment's address of that name, changed. */
function address(
  { environment }: SecuredBackends,
  name: 'DATABASE_URL' | 'REDIS_URL',
  change: (url: URL) => void,
): Variables {
  const url = new URL(environment[name] ?? '');
  change(url);
  return { [name]: url.href };
}

const redisPassword = (secured: SecuredBackends): Variables =>
  address(secured, 'REDIS_URL', (url) => (url.password = WRONG));
const toLocalhost = (url: URL): void => void (url.hostname = 'localhost');

const kafka = { backend: 'Kafka', check: 'log' } as const;
const postgres = { backend: 'Postgres', check: 'database' } as const;
const redis = { backend: 'Redis', check: 'cache' } as const;

const REFUSALS: RefusalCase[] = [
  {
    ...kafka,
    what: 'of another authority',
    sentence: /Kafka: .*authority .* KAFKA_CA_FILE/,
    change: ({ files }) => ({ KAFKA_CA_FILE: files.stranger }),
  },
  {
    ...kafka,
    what: 'by another name',
    sentence: /Kafka: .*another host.* KAFKA_BROKERS/,
    change: ({ environment }) => ({
      KAFKA_BROKERS: environment['KAFKA_BROKERS']?.replace('127.0.0.1', 'localhost') ?? '',
    }),
  },
  {
    ...kafka,
    what: 'with another password',
    sentence: /Kafka: .*account.* KAFKA_SASL_PASSWORD/,
    change: () => ({ KAFKA_SASL_PASSWORD: WRONG }),
  },
  {
    ...kafka,
    what: 'by another mechanism',
    sentence: /Kafka: .* KAFKA_SASL_MECHANISM/,
    change: () => ({ KAFKA_SASL_MECHANISM: 'plain' }),
  },
  {
    ...kafka,
    what: 'in plain text',
    sentence: /Kafka: the port wants TLS: set KAFKA_TLS=on/,
    change: () => ({ KAFKA_TLS: 'off', KAFKA_CA_FILE: '' }),
  },
  {
    ...kafka,
    what: 'by TLS on its plain port',
    sentence: /Kafka: the port has no TLS.* KAFKA_TLS=off/,
    change: ({ plainKafka }) => ({ KAFKA_BROKERS: plainKafka }),
  },
  {
    ...postgres,
    what: 'of another authority',
    sentence: /Postgres: .*authority .* DATABASE_CA_FILE/,
    change: ({ files }) => ({ DATABASE_CA_FILE: files.stranger }),
  },
  {
    ...postgres,
    what: 'by another name',
    sentence: /Postgres: .*another host.* DATABASE_URL/,
    change: (secured) => address(secured, 'DATABASE_URL', toLocalhost),
  },
  {
    ...postgres,
    what: 'with another password',
    sentence: /Postgres: .*account.* DATABASE_URL/,
    change: (secured) => address(secured, 'DATABASE_URL', (url) => (url.password = WRONG)),
  },
  {
    ...postgres,
    what: 'in plain text',
    sentence: /Postgres: the port wants TLS: set DATABASE_CA_FILE/,
    change: () => ({ DATABASE_CA_FILE: '' }),
  },
  {
    ...postgres,
    what: 'by TLS where there is none',
    sentence: /Postgres: the port has no TLS.* DATABASE_CA_FILE/,
    change: () => ({ DATABASE_URL: backends().databaseUrl }),
  },
  {
    ...redis,
    what: 'of another authority',
    sentence: /Redis: .*authority .* REDIS_CA_FILE/,
    change: ({ files }) => ({ REDIS_CA_FILE: files.stranger }),
  },
  {
    ...redis,
    what: 'by another name',
    sentence: /Redis: .*another host.* REDIS_URL/,
    change: (secured) => address(secured, 'REDIS_URL', toLocalhost),
  },
  {
    ...redis,
    what: 'with another password',
    sentence: /Redis: .*account.* REDIS_URL/,
    change: redisPassword,
  },
  {
    ...redis,
    what: 'in plain text',
    sentence: /Redis: the port wants TLS: write rediss/,
    change: ({ environment }) => ({
      REDIS_URL: environment['REDIS_URL']?.replace('rediss:', 'redis:') ?? '',
      REDIS_CA_FILE: '',
    }),
  },
];

const { redisUrl: plainRedis } = backends();
if (plainRedis !== undefined)
  REFUSALS.push({
    ...redis,
    what: 'by TLS where there is none',
    sentence: /Redis: the port has no TLS.*: write redis:/,
    change: () => ({ REDIS_URL: plainRedis.replace('redis:', 'rediss:') }),
  });

if (backends().kafkaBrokers.length > 0)
  describe('Kafka, Postgres and Redis by TLS and password', () => {
    let secured: SecuredBackends;
    let dataDir: string;
    let running: Running;

    /** Of all that is started: the first one's logger stays that of the process. */
    let logged = '';
    const logTo = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged += chunk.toString();
        done();
      },
    });
    const start = (more: Variables = {}): Promise<Running> =>
      startStandalone({
        logTo,
        environment: {
          TOUCHLINE_SECRET: 'one secret of a secured installation',
          TOUCHLINE_RATE_REQUESTS: '1000',
          LOG_LEVEL: 'warn',
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

    /** What doctor says of each backend that it does not find good. */
    const diagnosed = async (more: Variables): Promise<Record<string, string>> => {
      const findings = await diagnose(backendChecks({ ...secured.environment, ...more }));
      const bad = findings.filter(({ status }) => status !== 'good');
      return Object.fromEntries(bad.map(({ check, found }) => [check, found]));
    };

    it('content doctor', async () => {
      expect(await diagnosed({})).toEqual({});
    });

    it.each(REFUSALS)('$backend, $what: says $sentence', async ({ check, sentence, change }) => {
      const more = change(secured);
      const found = await diagnosed(more);
      expect(found).toEqual({ [check]: expect.stringMatching(sentence) });
      expect(JSON.stringify(found)).not.toMatch(new RegExp(`${secured.password}|${WRONG}`));
      if (check === 'cache') return;
      const refused = start(more);
      await expect(refused).rejects.toBeInstanceOf(ConfigurationFault);
      await expect(refused).rejects.toMatchObject({ faults: [expect.stringMatching(sentence)] });
    });

    it('a Redis that refuses keeps nobody from starting, and is seen', async () => {
      const more = {
        ...redisPassword(secured),
        ...address(secured, 'DATABASE_URL', (url) => (url.pathname = SPARE)),
        TOUCHLINE_LOG: 'postgres',
      };
      const without = await start(more);
      try {
        await eventually(async () => {
          const response = await fetch(`${without.url}/health/ready`);
          expect([response.status, await response.json()]).toMatchObject([
            200,
            { checks: { cache: { status: 'down', detail: expect.stringMatching(/REDIS_URL/) } } },
          ]);
        });
        const shown = await scrape(without.url);
        expect(shown.value('touchline_check_up', { check: 'cache' })).toBe(0);
        await eventually(() => expect(logged).toMatch(/check user and password in REDIS_URL/));
        expect(logged).not.toMatch(new RegExp(`${secured.password}|${WRONG}`));
      } finally {
        await without.stop();
      }
    });

    it('a process with its secrets in files ends with 78 and the remedy when the password is wrong', async () => {
      const { DATABASE_URL, REDIS_URL, KAFKA_SASL_PASSWORD: _, ...open } = secured.environment;
      const secrets = { DATABASE_URL, REDIS_URL, KAFKA_SASL_PASSWORD: WRONG };
      const files: Record<string, string> = {};
      for (const [name, value] of Object.entries(secrets)) {
        files[`${name}_FILE`] = join(dataDir, name);
        await writeFile(join(dataDir, name), `${value}\n`);
      }
      const { code, said } = await runProgram(['init', '--json'], {
        ...open,
        ...files,
        TOUCHLINE_SECRET: 'one secret of a secured installation',
      });
      expect(said.split('KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD')).toHaveLength(2);
      expect(said).not.toMatch(new RegExp(`${secured.password}|${WRONG}`));
      expect(code).toBe(78);
    });
  });
else
  it('TLS and passwords are tried where Kafka is', () =>
    expect(backends().kafkaBrokers).toEqual([]));

async function runProgram(words: readonly string[], environment: Variables) {
  const child = spawn(process.execPath, ['--import', LOADER, MAIN, ...words], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
