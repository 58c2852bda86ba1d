import type { Arm, Ground, Measurement } from './arm.js';
import { ballastInteraction } from './ballast.js';
import { measure, until } from './measure.js';
import { inParallel, Poster } from './post.js';
import { startService, type RunningService, type ServiceName } from './services.js';

const CONNECTIONS = 64;

type Started = Partial<Record<ServiceName, RunningService>>;

async function withServices(
  names: readonly ServiceName[],
  ground: Ground,
  work: (started: Started, poster: Poster) => Promise<Measurement>,
): Promise<Measurement> {
  const started: Started = {};
  let poster: Poster | undefined;
  try {
    for (const name of names) started[name] = await startService(name, ground);
    poster = new Poster(started.ingestion?.url ?? '', CONNECTIONS);
    await poster.post('/v1/sources', JSON.stringify({ source: 'bench' }), 201);
    return await work(started, poster);
  } finally {
    poster?.close();
    for (const service of Object.values(started)) await service.stop();
  }
}

function pidsOf(ground: Ground, started: Started): Record<string, number> {
  const services = Object.entries(started).map(([name, { pid }]) => [name, pid] as const);
  return { ...ground.pids, ...Object.fromEntries(services), generator: process.pid };
}

function bodies(interactions: number, size: number): string[] {
  const all = Array.from({ length: interactions }, (_, index) => ballastInteraction(index));
  if (size === 1) return all.map((interaction) => JSON.stringify(interaction));
  return Array.from({ length: Math.ceil(interactions / size) }, (_, batch) =>
    JSON.stringify(all.slice(batch * size, (batch + 1) * size)),
  );
}

function ingestionArm(name: string, size: number): Arm {
  return {
    name,
    logs: ['postgres', 'kafka'],
    run: (ground, interactions) =>
      withServices(['ingestion'], ground, (started, poster) => {
        const requests = bodies(interactions, size);
        return measure(interactions, pidsOf(ground, started), () =>
          inParallel(requests.length, size === 1 ? CONNECTIONS : 8, (index) =>
            poster.post('/v1/interactions', requests[index] ?? ''),
          ),
        );
      }),
  };
}

/** Done when the KPI counts every interaction: accepted, identified, filed and aggregated. */
async function isCounted(metricsUrl: string, interactions: number): Promise<boolean> {
  const answer = await fetch(
    `${metricsUrl}/v1/kpis/interactions?from=2025-12-01T00:00:00Z&to=2026-11-01T00:00:00Z`,
  );
  if (!answer.ok) throw new Error(`the KPI answered ${answer.status}: ${await answer.text()}`);
  const { value } = (await answer.json()) as { value: number | null };
  return Number(value) >= interactions;
}

/** Done when journey's facts have been aggregated too: every order is an order of the KPI. */
async function areOrdersCounted(metricsUrl: string, orders: number): Promise<boolean> {
  const answer = await fetch(
    `${metricsUrl}/v1/kpis/orders?from=2025-12-01T00:00:00Z&to=2026-11-01T00:00:00Z`,
  );
  const { value } = (await answer.json()) as { value: number | null };
  return Number(value) >= orders;
}

const endToEndArm: Arm = {
  name: 'end-to-end',
  logs: ['postgres', 'kafka'],
  run: (ground, interactions) =>
    withServices(['ingestion', 'identity', 'journey', 'metrics'], ground, (started, poster) => {
      const requests = bodies(interactions, 100);
      const metricsUrl = started.metrics?.url ?? '';
      return measure(interactions, pidsOf(ground, started), async () => {
        await inParallel(requests.length, 8, (index) =>
          poster.post('/v1/interactions', requests[index] ?? ''),
        );
        await until(() => isCounted(metricsUrl, interactions), 300_000);
        await until(() => areOrdersCounted(metricsUrl, Math.ceil(interactions / 20)), 300_000);
      });
    }),
};

export const serviceArms: readonly Arm[] = [
  ingestionArm('ingestion-single', 1),
  ingestionArm('ingestion-batch', 100),
  endToEndArm,
];
