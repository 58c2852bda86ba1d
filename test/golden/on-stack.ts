import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixedClock } from '#kernel';
import { type Application, startApplication } from '#runtime';
import { eventually, freshDatabase } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { PublishBuckets } from '../../apps/metrics/src/application/publishing/publish-buckets.js';
import { SweepDeadlines } from '../../apps/journey/src/application/sweep-deadlines.js';
import { SERVICES } from '../../apps/standalone/src/services.js';
import { isIdle } from './idle.js';
import {
  inProfileOrder,
  type ProfileFound,
  seenCorrection,
  seenKpi,
  seenProfile,
} from './scene.js';
import { postedIn, type Scene, type SeenProfile, type Step, type Story } from './story.js';

const SECRET = 'one secret for all golden stories: equal profile ids';
const TIMER_OFF = { JOURNEY_SWEEP_MS: '60000', METRICS_PUBLISH_EVERY_MS: '86400000' };
/** The story decides when buckets are published: whatever changed, at each `show`. */
const AT_ONCE = { graceMs: 0, quietMs: 0, quietMaxMs: 0, againQuietMs: 0, againEveryMs: 0 };

/** Tells a story to all four services on their real log and database, on the story's own clock. */
export async function tellOnStack(
  story: Story,
  log: Readonly<Record<string, string>>,
): Promise<Scene[]> {
  const stage = await Stage.open(story, log);
  try {
    const scenes: Scene[] = [];
    for (const [index, step] of story.steps.entries()) {
      stage.clock.set(Date.parse(step.at));
      if ('show' in step) scenes.push(await stage.show(step.show, story.steps.slice(0, index)));
      else await stage.play(step);
    }
    return scenes;
  } finally {
    await stage.close();
  }
}

type LedgerItem = Parameters<typeof seenCorrection>[0] & {
  readonly at: string;
  readonly causes: readonly unknown[];
};

class Stage {
  private constructor(
    readonly clock: FixedClock,
    private readonly application: Application,
    private readonly room: { readonly client: TouchlineClient; readonly databaseUrl: string },
    readonly close: () => Promise<void>,
  ) {}

  static async open(story: Story, log: Readonly<Record<string, string>>): Promise<Stage> {
    const database = await freshDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'touchline-story-'));
    const clock = new FixedClock(Date.parse(story.steps[0]?.at ?? ''));
    const application = await startApplication({
      name: 'standalone',
      services: Object.values(SERVICES),
      clock,
      environment: {
        DATABASE_URL: database.url,
        TOUCHLINE_SECRET: SECRET,
        TOUCHLINE_DATA_DIR: dataDir,
        TOUCHLINE_KEEP_KEYS: 'on',
        TOUCHLINE_PRINT_KEYS: 'off',
        LOG_LEVEL: 'error',
        PORT: '0',
        ...TIMER_OFF,
        ...log,
      },
    });
    const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')) as {
      admin: string;
    };
    const client = new TouchlineClient({ url: application.url, key: keys.admin });
    for (const source of new Set(postedIn(story.steps).map((each) => each.source)))
      await client.post('/v1/sources', { source });
    return new Stage(clock, application, { client, databaseUrl: database.url }, async () => {
      await application.stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  async play(step: Exclude<Step, { show: string }>): Promise<void> {
    if ('post' in step) await this.room.client.post('/v1/interactions', step.post);
    else if ('merge' in step) await this.room.client.post('/v1/identity/merge', step.merge);
    else if ('unmerge' in step) await this.room.client.post('/v1/identity/unmerge', step.unmerge);
    else if ('withdraw' in step) await this.room.client.post('/v1/identity/withdraw', step.withdraw);
    else {
      await this.untilIdle();
      const { profileId } = (await this.profileHolding(step.erase)) as { profileId: string };
      await this.room.client.delete(`/v1/profiles/${profileId}`);
    }
  }

  /** The deadlines that are due fire, every bucket that changed is published, and everybody looks. */
  async show(title: string, before: readonly Step[]): Promise<Scene> {
    const { app } = this.application;
    await this.untilIdle();
    await app.get(SweepDeadlines, { strict: false }).execute(this.clock.now());
    await this.untilIdle();
    await app.get(PublishBuckets, { strict: false }).execute(AT_ONCE);
    return {
      show: title,
      profiles: await this.profiles(before),
      kpis: await this.kpis(before),
      corrections: await this.corrections(before, new Date(this.clock.now()).toISOString()),
    };
  }

  private async untilIdle(): Promise<void> {
    await eventually(
      async () => {
        if (!(await isIdle(this.room.databaseUrl, this.application.infrastructure.log)))
          throw new Error('records are on their way');
      },
      { timeoutMs: 30_000, everyMs: 20 },
    );
  }

  private profileHolding(identifier: string): Promise<unknown> {
    return this.room.client.get(`/v1/profiles?identifier=${encodeURIComponent(identifier)}`);
  }

  private async profiles(before: readonly Step[]): Promise<SeenProfile[]> {
    const ids = new Set<string>();
    for (const { source, id } of postedIn(before)) {
      const path = `/v1/interactions/${encodeURIComponent(source)}/${encodeURIComponent(id)}`;
      const { status, body } = await this.room.client.send({ method: 'GET', path });
      const { profileId } = body as { profileId?: string | null };
      if (status === 200 && profileId) ids.add(profileId);
    }
    const seen: SeenProfile[] = [];
    for (const id of ids) {
      const [profile, timeline, facts] = (await Promise.all(
        ['', '/timeline?limit=200', '/facts?limit=200'].map((path) =>
          this.room.client.get(`/v1/profiles/${id}${path}`),
        ),
      )) as [ProfileFound, { items: ProfileFound['timeline'] }, { items: ProfileFound['facts'] }];
      seen.push(
        seenProfile({
          identifiers: profile.identifiers,
          timeline: [...timeline.items].reverse(),
          facts: facts.items,
        }),
      );
    }
    return inProfileOrder(seen);
  }

  /** Those of this scene: published at its instant. Each says why. */
  private async corrections(before: readonly Step[], at: string): Promise<string[]> {
    const { from, to } = spanOf(before);
    const lines: string[] = [];
    for (const { name } of await this.catalogue()) {
      const path = `/v1/kpis/${name}/corrections?from=${from}&to=${to}&limit=200`;
      const { items } = (await this.room.client.get(path)) as { items: LedgerItem[] };
      for (const item of items.filter((each) => each.at === at)) {
        if (item.causes.length === 0) throw new Error(`${name} was corrected without a cause`);
        lines.push(seenCorrection(item));
      }
    }
    return lines.sort();
  }

  private async catalogue(): Promise<{ name: string }[]> {
    return ((await this.room.client.get('/v1/kpis')) as { items: { name: string }[] }).items;
  }

  private async kpis(before: readonly Step[]): Promise<string[]> {
    const { from, to } = spanOf(before);
    const seen: string[] = [];
    for (const { name } of await this.catalogue()) {
      const path = `/v1/kpis/${name}?from=${from}&to=${to}`;
      const kpi = (await this.room.client.get(path)) as { value: unknown; n: number; provisional: boolean };
      if (kpi.n !== 0) seen.push(seenKpi({ ...kpi, name }));
    }
    return seen.sort();
  }
}

const DAY_MS = 86_400_000;

/** Whole days around everything that the story tells of: a year before its first step to a year after its last. */
export function spanOf(steps: readonly Step[]): { from: string; to: string } {
  const instants = steps.map(({ at }) => Date.parse(at));
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return { from: day(Math.min(...instants) - 365 * DAY_MS), to: day(Math.max(...instants) + 365 * DAY_MS) };
}
