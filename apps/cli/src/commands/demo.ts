/**
 * The first minute: starts everything on an embedded database, imports real purchases and a simulated month, waits until
 * the KPIs include all of it, and shows the rolling table, a merged customer, a number that a late login corrects, and
 * addresses to try. Every number is read back from the HTTP API; what was sent only says when to stop waiting. At last all
 * of it is recomputed from the archive.
 */
import { TouchlineClient } from '../adapters/touchline-client.js';
import { type Correction, CorrectionStory } from '../demo/correction-story.js';
import { type DemoStack, startDemoStack } from '../demo/demo-stack.js';
import { KpiReader, type KpiTableRow, type Span } from '../demo/kpi-reader.js';
import {
  distinctCount,
  identifiersUsed,
  importPurchases,
  mostTravelled,
  postMonth,
  purchasers,
  simulateMonth,
} from '../demo/load-demo.js';
import { type Profile, ProfileReader } from '../demo/profile-reader.js';
import { showAddresses, showCorrection, showCustomer, showTable } from '../demo/show-demo.js';
import { act, newCommand } from '../new-command.js';
import { bar, count, type Terminal } from '../terminal.js';
import type { Verification } from '../verification/verify-installation.js';
import type { Simulation } from '#simulator';
import { Fault } from '#kernel';

interface DemoOptions {
  readonly exit?: boolean;
  readonly port?: string;
}

const WINDOWS = ['24h', '7d', '30d', '365d'];
const PATIENCE_MS = 120_000;
const TIMELINE_ROWS = 18;
const DAY_MS = 86_400_000;

export function demo() {
  return newCommand('demo', 'Everything in a minute, on real purchases and simulated customers')
    .option('--exit', 'stop at the end instead of staying up')
    .option('--port <port>', 'port to listen on (3000, or a free one)')
    .action(act<DemoOptions>(run));
}

async function run(terminal: Terminal, { exit, port }: DemoOptions): Promise<void> {
  const startedAt = performance.now();
  let stack: DemoStack | undefined;
  await terminal.steps([
    {
      title: 'Starting Touchline on an embedded database',
      run: async () => {
        stack = await startDemoStack(port === undefined ? undefined : Number(port));
        return stack.url;
      },
    },
  ]);
  if (!stack) return;
  const stopped = untilAsked();
  try {
    const story = new DemoStory(terminal, stack);
    await story.load();
    await story.show(startedAt);
    if (exit) return;
    terminal.line();
    terminal.line('It stays up; Ctrl-C ends it.');
    await stopped;
  } finally {
    await stack.stop();
  }
}

class DemoStory {
  private readonly client: TouchlineClient;
  private readonly kpis: KpiReader;
  private readonly profiles: ProfileReader;
  private customers: readonly string[] = [];
  private simulation: Simulation | undefined;
  private rows: readonly KpiTableRow[] = [];
  private profileCount = 0;
  private correction: Correction | undefined;
  private verification: Verification | undefined;
  private readonly span: Span;

  constructor(
    private readonly terminal: Terminal,
    private readonly stack: DemoStack,
  ) {
    this.client = new TouchlineClient({ url: stack.url, key: stack.keys.admin });
    this.kpis = new KpiReader(this.client);
    this.profiles = new ProfileReader(this.client);
    const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
    this.span = { from: day(-1_000), to: day(2) };
  }

  async load(): Promise<void> {
    this.customers = await purchasers();
    const simulation = simulateMonth(this.customers, Date.now());
    this.simulation = simulation;
    let imported = 0;
    await this.terminal.steps([
      {
        title: 'Importing real purchases (CDNOW)',
        run: async (report) => {
          const summary = await importPurchases(this.client, ({ offset, size, records }) =>
            report(bar(offset, size, `${count(records)} records`)),
          );
          imported = summary.accepted;
          return `${count(summary.accepted)} accepted, dates moved by ${count(summary.shiftDays)} days`;
        },
      },
      {
        title: 'Simulating a month on all channels',
        run: async (report) => {
          const total = simulation.interactions.length;
          const { accepted, rejected } = await postMonth(this.client, simulation, (done) =>
            report(bar(done, total, `${count(done)} interactions`)),
          );
          if (rejected > 0) throw new Fault('no-valid-interaction', `${rejected} were rejected`);
          return `${count(accepted)} accepted`;
        },
      },
      {
        title: 'Waiting until the KPIs include everything',
        run: async (report) => this.awaitKpis(imported, simulation, report),
      },
      {
        title: 'Counting profiles',
        run: async () => this.countProfiles(simulation),
      },
      {
        title: 'Correcting a published number by a late login',
        run: async () => this.correct(),
      },
      {
        title: 'Proving the numbers: all of it again, from the archive',
        run: async () => this.verify(),
      },
    ]);
  }

  private async awaitKpis(
    imported: number,
    simulation: Simulation,
    report: (text: string) => void,
  ): Promise<string> {
    const interactions = imported + distinctCount(simulation);
    const orders = imported + simulation.truth.orders.filter(({ cancelled }) => !cancelled).length;
    const { span } = this;
    await this.kpis.untilValue('interactions', {
      ...span,
      value: interactions,
      patienceMs: PATIENCE_MS,
      report: (value) => report(bar(value, interactions, `${count(value)} interactions`)),
    });
    await this.kpis.untilValue('orders', { ...span, value: orders, patienceMs: PATIENCE_MS });
    this.rows = await this.kpis.untilQuiet(WINDOWS, PATIENCE_MS);
    return `${count(interactions)} interactions, ${count(orders)} orders`;
  }

  private async countProfiles(simulation: Simulation): Promise<string> {
    this.profileCount = await this.profiles.count();
    const identifiers = this.customers.length + identifiersUsed(simulation).length;
    return `${count(this.profileCount)} behind ${count(identifiers)} identifiers`;
  }

  private async correct(): Promise<string> {
    const story = new CorrectionStory(this.client, { now: Date.now(), patienceMs: PATIENCE_MS });
    this.correction = await story.tell();
    return this.correction.kpis
      .map(({ kpi, before, after }) => `${kpi} ${before.value} → ${after.value}`)
      .join(', ');
  }

  private async verify(): Promise<string> {
    const verification = await this.stack.verify(PATIENCE_MS);
    this.verification = verification;
    const tables = verification.tenants.flatMap((tenant) => tenant.tables);
    const rows = tables.reduce((sum, { rows }) => sum + rows, 0);
    return `${count(rows)} rows of ${tables.length} tables, ${verification.isEqual ? 'equal' : 'DIFFERENT'}`;
  }

  async show(startedAt: number): Promise<void> {
    const { terminal, stack, span } = this;
    const profile = await this.mergedCustomer();
    showTable(terminal, WINDOWS, this.rows);
    if (profile) {
      const items = await this.profiles.timeline(profile.profileId, TIMELINE_ROWS);
      showCustomer(terminal, profile, items);
    }
    if (this.correction) showCorrection(terminal, this.correction);
    const [interactions, orders, revenue] = await Promise.all(
      ['interactions', 'orders', 'revenue'].map((kpi) => this.kpis.figure(kpi, span)),
    );
    const result = {
      interactions: interactions?.value,
      profiles: this.profileCount,
      orders: orders?.value,
      revenue: revenue?.value,
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      kpis: Object.fromEntries(this.rows.map(({ kpi, windows }) => [kpi, windows])),
      correction: this.correction,
      verified: this.verification?.isEqual,
      url: stack.url,
    };
    showAddresses(terminal, stack, [
      ...(profile ? [`/v1/profiles/${profile.profileId}/timeline`] : []),
      ...(this.correction?.paths ?? []),
    ]);
    terminal.line(
      '`npx touchline verify` proves the numbers of your own installation the same way.',
    );
    terminal.result(result, () => {
      terminal.line();
      terminal.line(
        `Ready after ${result.seconds} s: ${count(Number(result.interactions))} interactions of ${count(result.profiles)} profiles.`,
      );
    });
  }

  /** Of those who travelled most, the one with the most identifiers. */
  private async mergedCustomer(): Promise<Profile | undefined> {
    const names = this.simulation ? mostTravelled(this.simulation).slice(0, 5) : [];
    const found = await Promise.all(
      names.map((name) =>
        this.profiles.byIdentifier({ type: 'customerId', value: name.slice('customerId:'.length) }),
      ),
    );
    return found
      .flatMap((profile) => profile ?? [])
      .sort((a, b) => b.identifiers.length - a.identifiers.length)
      .at(0);
  }
}

/** Ctrl-C, or the end of what started us. */
function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
