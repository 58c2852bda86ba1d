import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { SERVICES, type ServiceName, TOPICS } from '#contracts';
import { openEventLog } from '#event-log';
import { eventually } from '#testing';
import { CANARIES, canariesIn, type Plant } from './canaries.js';
import { type FourServices, startFour } from './four-services.js';
import { plantedInteractions, plantsEverywhere } from './plant-canaries.js';
import { scrape } from './scrape.js';

interface Answer {
  readonly plant: Plant;
  readonly status: number;
  readonly text: string;
  readonly headers: string;
}

const CHANNELS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;

/** What is said on the process's own channels, beside the log. */
class Ear extends Writable {
  text = '';
  private readonly own = new Map(CHANNELS.map((name) => [name, console[name]]));

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  open(): void {
    for (const name of CHANNELS)
      console[name] = (...said: unknown[]) => void (this.text += `${said.map(String).join(' ')}\n`);
  }

  close(): void {
    for (const [name, say] of this.own) console[name] = say;
  }
}

describe('e-mails, phones and keys planted in every kind of input', () => {
  const ear = new Ear();
  let four: FourServices;
  const answers: Answer[] = [];

  beforeAll(async () => {
    ear.open();
    four = await startFour({ LOG_LEVEL: 'debug' }, ear);
    await ask(four, {
      service: 'ingestion',
      method: 'POST',
      path: '/v1/sources',
      body: '{"source":"webshop"}',
    });
    for (const plant of plantedInteractions('webshop')) answers.push(await ask(four, plant));
    for (const plant of plantsEverywhere()) answers.push(await ask(four, plant));
    await poison(four);
    await eventually(
      async () => {
        const journey = await scrape(four.urls.journey);
        const filed = journey.value('touchline_journey_filing_delay_seconds_count') ?? 0;
        expect(filed).toBeGreaterThanOrEqual(CANARIES.length);
        expect(journey.value('touchline_dead_letters')).toBeGreaterThan(0);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
  }, 240_000);
  afterAll(async () => {
    ear.close();
    await four?.stop();
  }, 60_000);

  it('were planted: taken, refused, and met with every kind of answer', () => {
    const statuses = [...new Set(answers.map(({ status }) => status))].sort();
    expect(statuses).toEqual(expect.arrayContaining([200, 202, 400, 401, 404, 405, 413, 415, 422]));
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    const sent = answers.map(({ plant: { path, body, headers } }) =>
      [decodeURIComponent(path.replace('%zz', '')), body, JSON.stringify(headers)].join(' '),
    );
    expect(canariesIn(sent.join('\n'))).toHaveLength(CANARIES.length);
  });

  it('stand in no problem', () => {
    const leaks = answers
      .filter(({ status }) => status >= 400)
      .map(({ plant, text, headers }) => ({
        plant,
        found: canariesIn(withoutIds(text) + headers),
        text,
      }))
      .filter(({ found }) => found.length > 0)
      .map(
        ({ plant: { method, path }, text }) =>
          `${method} ${path.slice(0, 80)}: ${text.slice(0, 500)}`,
      );
    expect(leaks).toEqual([]);
  });

  it('stand in no reason of a rejection', () => {
    const reasons = answers
      .filter(({ status }) => status === 202)
      .flatMap(({ text }) => (JSON.parse(text) as { rejected?: object[] }).rejected ?? [])
      .map((each) => withoutIds(JSON.stringify(each)));
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((reason) => canariesIn(reason).length > 0)).toEqual([]);
  });

  it('stand in no cause of a dead letter', async () => {
    const { text } = await ask(four, {
      service: 'journey',
      method: 'GET',
      path: '/v1/dead-letters/journey',
    });
    const { items } = JSON.parse(text) as { items: { code: string; detail: string }[] };
    expect(items.length).toBeGreaterThan(0);
    const causes = items.map(({ code, detail }) => `${code} ${detail}`);
    expect(causes.filter((cause) => canariesIn(cause).length > 0)).toEqual([]);
  });

  it('stand in no metric', async () => {
    for (const service of SERVICES) {
      const text = await (await fetch(`${four.urls[service]}/metrics`)).text();
      expect(text).toContain('touchline_http_request_duration_seconds');
      expect(canariesIn(text)).toEqual([]);
    }
  });

  it('stand in no answer when statements fail that hold them', async () => {
    await sabotage(four, ['journey', 'metrics']);
    answers.push(await ask(four, goodAgain()));
    await retried('journey');
    await sabotage(four, ['ingestion', 'identity']);
    answers.push(await ask(four, goodAgain()));
    await retried('identity');
    const plants = plantsEverywhere().filter(({ method }) => method === 'GET');
    const broken = await Promise.all(plants.map((plant) => ask(four, plant)));
    expect(broken.some(({ status }) => status >= 500)).toBe(true);
    expect(
      broken.filter(({ status, text }) => status >= 400 && canariesIn(text).length > 0),
    ).toEqual([]);
    expect(ear.text).toContain('trying again');
  }, 60_000);

  const retried = (service: ServiceName): Promise<void> =>
    eventually(
      async () => {
        const shown = await scrape(four.urls[service]);
        expect(shown.value('touchline_consumer_retries_total')).toBeGreaterThan(0);
      },
      { timeoutMs: 30_000, everyMs: 250 },
    );

  it('stand in no answer when the database is gone', async () => {
    await four.cut();
    const plants = [...plantsEverywhere(), ...plantedInteractions('webshop')];
    const some = plants.filter((_, index) => index % 23 === 0);
    const late = await Promise.all(some.map((plant) => ask(four, plant)));
    expect(late.some(({ status }) => status === 503)).toBe(true);
    expect(
      late.filter(({ status, text }) => status >= 400 && canariesIn(withoutIds(text)).length > 0),
    ).toEqual([]);
  }, 60_000);

  it('stand in no log line', () => {
    expect(ear.text.split('\n').length).toBeGreaterThan(10);
    // The logger's own way with errors would show every member of a driver's: rows and parameters.
    expect(ear.text).toContain('"err":{"error"');
    expect(ear.text).not.toContain('"err":{"type"');
    expect(ear.text.split('\n').filter((line) => canariesIn(line).length > 0)).toEqual([]);
  });
});

/** A rejection names the interaction by the id that its sender gave it: nothing else may be of his. */
function withoutIds(text: string): string {
  return text.replaceAll(/("index":\d+),"id":"(?:[^"\\]|\\.)*"/g, '$1');
}

async function ask({ urls, keys }: FourServices, plant: Plant): Promise<Answer> {
  const { service, method, path, body, headers, isStranger } = plant;
  const answer = await fetch(`${urls[service]}${path}`, {
    method,
    body,
    headers: {
      ...(isStranger === true ? {} : { authorization: `Bearer ${keys.admin}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  return {
    plant,
    status: answer.status,
    text: await answer.text(),
    headers: JSON.stringify([...answer.headers]),
  };
}

let round = 0;

/** Good interactions that are new each time. */
function goodAgain(): Plant {
  round += 1;
  const [first] = plantedInteractions('webshop');
  if (first === undefined) throw new Error('there are good ones');
  return { ...first, body: first.body?.replaceAll('"good-', `"good-${round}-`) };
}

/** Takes the tables of services away, so that their statements fail with all that is in them. */
async function sabotage({ databaseUrl }: FourServices, services: ServiceName[]): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ schemaname: string; tablename: string }>(
      `SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1)
       AND tablename NOT IN ('consumer_offset', 'outbox', 'dead_letter', 'epoch')`,
      [services],
    );
    for (const { schemaname, tablename } of rows)
      await client.query(
        `ALTER TABLE "${schemaname}"."${tablename}" RENAME TO "away_${tablename}"`,
      );
  } finally {
    await client.end();
  }
}

/** Records that no stage can read, on every topic. */
async function poison({ databaseUrl }: FourServices): Promise<void> {
  const log = await openEventLog({ kind: 'postgres', databaseUrl });
  try {
    for (const { value } of CANARIES.slice(0, 4))
      await log.append(
        TOPICS.filter(({ name }) => !/tenant|source\.changed/.test(name)).map(({ name }) => ({
          topic: name,
          key: `default\u001f${value}`,
          headers: { ce_tenant: 'default', tl_identifiers: value, tl_profile_key: value },
          value: Buffer.from(`{"email": ${value}`),
        })),
      );
  } finally {
    await log.close();
  }
}
