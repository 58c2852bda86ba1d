import { interactionName, simulate, type Simulation, SOURCES, withTrueClock } from '#simulator';
import { Fault } from '#kernel';
import { HttpSink } from '../adapters/http-sink.js';
import type { TouchlineClient } from '../adapters/touchline-client.js';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { createSources } from '../create-sources.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { postAll } from '../post-all.js';
import { score, SCORE_SEEDS, type ScoreRow } from '../score.js';
import { bar, count, table, type Terminal } from '../terminal.js';

interface SimulateCommandOptions extends ConnectionOptions {
  readonly customers?: string;
  readonly days: string;
  readonly rate: string;
  readonly seed: string;
  readonly score?: boolean;
  readonly print?: boolean;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function simulateCommand() {
  return withConnection(newCommand('simulate', 'Post the interactions of simulated customers'))
    .option('--customers <n>', 'people (default 200; with --score 2,000)')
    .option('--days <n>', 'days up to now', '30')
    .option('--rate <n>', 'mean interactions a person a day', '1')
    .option('--seed <seed>', 'equal seeds, equal people', '1')
    .option('--print', 'write NDJSON to standard output instead of posting')
    .option('--score', 'post nothing: how well identity finds the people, on 5 seeds')
    .action(
      act<SimulateCommandOptions>((terminal, options) =>
        options.score ? printScore(terminal, options) : post(terminal, options),
      ),
    );
}

async function post(terminal: Terminal, options: SimulateCommandOptions): Promise<number> {
  const days = positive(options.days, '--days');
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const simulation = simulate({
    seed: options.seed,
    customers: positive(options.customers ?? '200', '--customers'),
    days,
    rate: positive(options.rate, '--rate'),
    startAt: now - days * DAY_MS,
  });
  const posts = simulation.interactions.map(withTrueClock);
  if (options.print) {
    for (const interaction of posts) process.stdout.write(`${JSON.stringify(interaction)}\n`);
    return EXIT.done;
  }
  const client = await connect(options);
  const outcome = await postSimulation(terminal, client, posts);
  const summary = { ...summaryOf(simulation), ...outcome };
  terminal.result(summary, () => {
    for (const line of table(Object.entries(summary).map(([name, n]) => [name, count(n)]))) {
      terminal.line(line);
    }
  });
  return outcome.rejected > 0 ? EXIT.rejections : EXIT.done;
}

async function postSimulation(
  terminal: Terminal,
  client: TouchlineClient,
  posts: readonly ReturnType<typeof withTrueClock>[],
): Promise<{ accepted: number; rejected: number }> {
  await createSources(client, SOURCES);
  let outcome = { accepted: 0, rejected: 0 };
  await terminal.steps([
    {
      title: `Posting ${count(posts.length)} simulated interactions`,
      run: async (report) => {
        outcome = await postAll(new HttpSink(client), posts, (done) =>
          report(bar(done, posts.length, `${count(done)} interactions`)),
        );
        return `${count(outcome.accepted)} accepted, ${count(outcome.rejected)} rejected`;
      },
    },
  ]);
  return outcome;
}

function summaryOf({ interactions, truth }: Simulation): Record<string, number> {
  return {
    people: truth.people.size,
    deliveries: interactions.length,
    interactions: new Set(interactions.map(({ post: each }) => interactionName(each))).size,
    contacts: truth.contacts.length,
    surveys: truth.surveys.length,
    orders: truth.orders.length,
    visits: truth.sessions.length,
  };
}

async function printScore(terminal: Terminal, options: SimulateCommandOptions): Promise<number> {
  const customers = positive(options.customers ?? '2000', '--customers');
  const days = positive(options.days, '--days');
  const rows: ScoreRow[] = [];
  for (const seed of SCORE_SEEDS) {
    rows.push(score({ seed, customers, days, rate: positive(options.rate, '--rate') }));
    terminal.line(`seed ${seed}: done`);
  }
  const share = (value: number) => value.toFixed(4);
  terminal.result(rows, () => {
    const cells = rows.map(({ seed, interactions, identity, baseline }) => [
      String(seed),
      count(interactions),
      share(identity.precision),
      share(identity.recall),
      share(identity.f1),
      share(baseline.precision),
      share(baseline.recall),
      share(baseline.f1),
    ]);
    const head = [
      'seed',
      'interactions',
      'precision',
      'recall',
      'f1',
      'baseline p.',
      'baseline r.',
      'baseline f1',
    ];
    for (const line of table([head, ...cells])) terminal.line(line);
    terminal.line('Pairwise over interactions; baseline: connected components.');
  });
  return EXIT.done;
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Fault('invalid-parameter', `${option} must be a number above 0`);
}
