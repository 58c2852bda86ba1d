import { request, type IncomingMessage } from 'node:http';
import { DEFAULT_SETTINGS, HEADER, recordKey, TOPIC } from '#contracts';
import type { TenantChanged } from '#contracts';
import { PostgresLog } from '#event-log';
import type { OutgoingRecord } from '#event-log';
import { hashApiKey, startApplication } from '#runtime';
import { eventually, freshDatabase } from '#testing';
import { OpenStream } from './application/streaming/open-stream.js';
import { MetricsConfig } from './metrics.config.js';
import { MetricsModule } from './metrics.module.js';

const DAY_MS = 86_400_000;
const SECRET = 'a secret that only this test knows, 32+';

export interface StreamClient {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly body: Record<string, unknown>;
  }[];
  text(): string;
  lastId(): string;
  hasEnded(): boolean;
  pause(): void;
  resume(): void;
  leave(): void;
}

export type RunningStreams = Awaited<ReturnType<typeof openStreams>>;

type Tenant = 'own' | 'other';

/** The service alone with two tenants, a read key each. */
export async function openStreams(more: Record<string, string>) {
  const database = await freshDatabase();
  const application = await startApplication({
    name: 'metrics',
    services: [{ module: MetricsModule, config: MetricsConfig }],
    environment: {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: SECRET,
      KAFKA_TOPIC_PREFIX: `streams-${process.pid}-${Date.now().toString(36)}-`,
      LOG_LEVEL: 'silent',
      PORT: '0',
      METRICS_STREAMS_A_KEY_MAX: '3',
      METRICS_STREAM_PATIENCE_MS: '5000',
      ...more,
    },
  });
  const { log, directory } = application.infrastructure;
  const clients: StreamClient[] = [];
  let stopped: Promise<void> | undefined;
  const streams = {
    append: (records: readonly OutgoingRecord[]) => log.append(records),
    get: <Value>(token: abstract new (...parts: never[]) => Value): Value =>
      application.app.get(token) as Value,
    open: async (tenant: Tenant, query = '', headers: Record<string, string> = {}) => {
      const client = await connect(`${application.url}/v1/stream${query}`, {
        ...headers,
        authorization: `Bearer ${keyOf(tenant)}`,
      });
      clients.push(client);
      return client;
    },
    revoke: (tenant: Tenant) => log.append([tenantRecord(tenant, 2, [])]),
    leaveAll: async () => {
      for (const client of clients.splice(0)) client.leave();
      if (stopped !== undefined) return;
      const { sessions } = application.app.get(OpenStream);
      await eventually(() => {
        if (sessions.size > 0) throw new Error(`${sessions.size} streams are open`);
      });
    },
    /** Empties topics of changes as time would; false: of this log that cannot be asked for. */
    expire: async () => {
      if (!(log instanceof PostgresLog)) return false;
      await log.maintain(Date.now() + 31 * DAY_MS);
      return true;
    },
    /** In the queues of this process. */
    bytesWaiting: () =>
      [...application.app.get(OpenStream).sessions.keys()].reduce(
        (sum, session) => sum + session.bytesWaiting,
        0,
      ),
    metric: async (name: string) => {
      const text = await (await fetch(`${application.url}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${name} `));
      return Number(line?.split(' ').at(-1));
    },
    stop: () => (stopped ??= application.stop().then(() => database.close())),
  };
  await log.append([tenantRecord('own', 1), tenantRecord('other', 1)]);
  await eventually(() => {
    if (!directory.tenant('own') || !directory.tenant('other')) throw new Error('no keys yet');
  });
  return streams;
}

function keyOf(tenant: Tenant): string {
  return `tl_read_${tenant}`;
}

function tenantRecord(tenant: Tenant, revision: number, names = [tenant]): OutgoingRecord {
  const body: TenantChanged = {
    tenant,
    revision,
    settings: DEFAULT_SETTINGS,
    keys: names.map((name) => ({
      keyId: `key-of-${name}`,
      name: 'reader',
      hash: hashApiKey(SECRET, keyOf(tenant)),
      scopes: ['read'],
      sources: [],
      createdAt: '2026-05-04T10:00:00.000Z',
    })),
  };
  return {
    topic: TOPIC.tenantChanged.name,
    key: recordKey(tenant),
    headers: { [HEADER.tenant]: tenant, [HEADER.revision]: String(revision) },
    value: Buffer.from(JSON.stringify(body)),
  };
}

export function correction(tenant: Tenant, n: number, padding = ''): OutgoingRecord {
  return {
    topic: TOPIC.kpiCorrected.name,
    key: recordKey(tenant, 'orders', 1, n),
    headers: {
      [HEADER.id]: `id-${n}`,
      [HEADER.tenant]: tenant,
      [HEADER.revision]: '1',
      [HEADER.cause]: 'late',
      [HEADER.causeRef]: `shop/${n}`,
    },
    value: Buffer.from(JSON.stringify({ tenant, kpi: 'orders', n, padding })),
  };
}

/** `identifier` undefined in the third place: the profile is no more. */
export function profile(
  tenant: Tenant,
  key: number,
  ...given: readonly ({ readonly value: string } | undefined)[]
): OutgoingRecord {
  const isGone = given.length > 0 && given[0] === undefined;
  const identifiers = given.flatMap((each) => (each ? [{ type: 'email', ...each }] : []));
  const body = { tenant, profileKey: String(key), profileId: `profile-${key}`, identifiers };
  return {
    topic: TOPIC.profileChanged.name,
    key: recordKey(tenant, key),
    headers: { [HEADER.tenant]: tenant, [HEADER.revision]: isGone ? '2' : '1' },
    value: isGone ? null : Buffer.from(JSON.stringify(body)),
  };
}

function connect(url: string, headers: Record<string, string>): Promise<StreamClient> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers, agent: false }, (answer) => {
      const chunks: string[] = [];
      let rest = '';
      let lastId = '';
      let hasEnded = false;
      const events: StreamClient['events'][number][] = [];
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        chunks.push(chunk);
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          lastId = memberOf(block, 'id') ?? lastId;
          const event = eventIn(block);
          if (event !== undefined) events.push(event);
        }
      });
      answer.on('close', () => (hasEnded = true));
      answer.on('error', () => (hasEnded = true));
      const client: StreamClient = {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        events,
        text: () => chunks.join(''),
        lastId: () => lastId,
        hasEnded: () => hasEnded,
        pause: () => void answer.pause(),
        resume: () => void answer.resume(),
        leave: () => void call.destroy(),
      };
      if (client.status === 200) resolve(client);
      else answer.on('end', () => resolve(client));
    });
    call.on('error', reject).end();
  });
}

function memberOf(block: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'mu').exec(block)?.[1];
}

function eventIn(block: string): StreamClient['events'][number] | undefined {
  const type = memberOf(block, 'event');
  const body = memberOf(block, 'data');
  if (type === undefined || body === undefined) return undefined;
  return {
    id: memberOf(block, 'id') ?? '',
    type,
    body: JSON.parse(body) as Record<string, unknown>,
  };
}
