import { SERVICES, type ServiceName } from '#contracts';

export interface CommonAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Targets = Readonly<Record<ServiceName, string>>;

const TIMEOUT_MS = 3_000;

/** What the proxy answers itself, because it concerns all services; undefined = one service answers. */
export async function answerForAll(
  path: string,
  targets: Targets,
): Promise<CommonAnswer | undefined> {
  if (path === '/health/live') return { status: 200, body: { status: 'up' } };
  if (path === '/health/ready') return readiness(targets);
  if (path === '/docs-json') return { status: 200, body: await documentation(targets) };
  return undefined;
}

async function readiness(targets: Targets): Promise<CommonAnswer> {
  const answers = await Promise.all(
    SERVICES.map(async (service) => ask(`${targets[service]}/health/ready`)),
  );
  const isReady = answers.every((answer) => answer?.status === 'up');
  const checks = Object.fromEntries(
    SERVICES.map((service, index) => [service, answers[index] ?? { status: 'down' }]),
  );
  const body = { status: isReady ? 'up' : 'down', checks };
  return isReady ? { status: 200, body } : { status: 503, headers: { 'retry-after': '2' }, body };
}

/** One OpenAPI document: the first service's frame with the paths and schemas of all. */
async function documentation(targets: Targets): Promise<unknown> {
  const documents = await Promise.all(
    SERVICES.map(async (service) => ask(`${targets[service]}/docs-json`)),
  );
  const found = documents.filter((document) => document !== undefined);
  return {
    ...found[0],
    paths: Object.assign({}, ...found.map(({ paths }) => paths)) as unknown,
    components: {
      ...found[0]?.components,
      schemas: Object.assign({}, ...found.map(({ components }) => components?.schemas)) as unknown,
    },
  };
}

interface Asked {
  readonly status?: unknown;
  readonly paths?: object;
  readonly components?: { readonly schemas?: object };
}

/** The JSON at an address whatever its status; undefined when nothing answers. */
async function ask(address: string): Promise<Asked | undefined> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return (await answer.json()) as Asked;
  } catch {
    return undefined;
  }
}
