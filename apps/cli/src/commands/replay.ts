import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type { ReplayView } from '#replay';
import type { TouchlineClient } from '../adapters/touchline-client.js';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { bar, count, type Terminal, table } from '../terminal.js';

interface ReplayOptions extends ConnectionOptions {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly list?: boolean;
  readonly stop?: string;
}

const SERVICES: readonly string[] = ['journey', 'metrics'];
const POLL_MS = 500;

export function replay() {
  return withConnection(newCommand('replay', 'Derive anew what a service keeps, in place'))
    .argument('<service>', SERVICES.join(' or '))
    .option('--dry-run', 'tell what differs, and leave it as it is')
    .option('--wait', 'until it is finished, with its progress')
    .option('--list', 'replays of before, newest first')
    .option('--stop <id>', 'stop one; what it has put right stays so')
    .action(
      act<ReplayOptions>(async (terminal, options, service = '') => {
        if (!SERVICES.includes(service))
          throw new Fault('invalid-parameter', `Name a service: ${SERVICES.join(', ')}.`);
        const client = await connect(options);
        const path = `/v1/replays/${service}`;
        if (options.list === true) return list(terminal, client, path);
        if (options.stop !== undefined)
          return stop(terminal, client, `${path}/${encodeURIComponent(options.stop)}`);
        return request(terminal, client, { ...options, path });
      }),
    );
}

async function list(terminal: Terminal, client: TouchlineClient, path: string): Promise<void> {
  const found = (await client.get(path)) as { items: ReplayView[] };
  const rows = found.items.map(({ id, status, dryRun, requestedAt, differences }) => [
    id,
    dryRun ? `${status} (dry run)` : status,
    requestedAt,
    String(differences.total),
  ]);
  terminal.result(found, () => {
    for (const line of table([['id', 'status', 'asked for', 'differences'], ...rows]))
      terminal.line(line);
  });
}

async function stop(terminal: Terminal, client: TouchlineClient, path: string): Promise<void> {
  const stopped = (await client.delete(path)) as ReplayView;
  terminal.result(stopped, () => tell(terminal, stopped));
}

async function request(
  terminal: Terminal,
  client: TouchlineClient,
  { path, dryRun = false, wait }: ReplayOptions & { readonly path: string },
): Promise<number> {
  const asked = (await client.post(path, { dryRun })) as ReplayView;
  const last = wait === true ? await follow(terminal, client, { path, asked }) : asked;
  terminal.result(last, () => tell(terminal, last));
  if (last.status === 'failed' || last.status === 'stopped') return EXIT.failed;
  return dryRun && last.differences.total > 0 ? EXIT.different : EXIT.done;
}

async function follow(
  terminal: Terminal,
  client: TouchlineClient,
  { path, asked }: { readonly path: string; readonly asked: ReplayView },
): Promise<ReplayView> {
  let last = asked;
  await terminal.steps([
    {
      title: `replay of ${asked.service}`,
      run: async (report) => {
        while (last.status === 'pending' || last.status === 'running') {
          await sleep(POLL_MS);
          last = (await client.get(`${path}/${asked.id}`)) as ReplayView;
          const { done, total, unit } = last.progress;
          report(bar(done, total ?? done, `${count(done)} ${unit}`));
        }
        return last.status;
      },
    },
  ]);
  return last;
}

function tell(terminal: Terminal, { id, status, dryRun, progress, ...view }: ReplayView): void {
  const { differences, failure } = view;
  const { done, total, unit } = progress;
  terminal.line(`Replay ${id} is ${status}: ${count(done)} of ${total ?? '?'} ${unit}.`);
  if (failure !== null) terminal.line(`The last step failed: ${failure}`);
  if (status === 'pending') return;
  const found = dryRun ? 'would differ' : 'differed and were put right';
  terminal.line(`${count(differences.total)} ${found}.`);
  if (differences.total === 0) return;
  const rows = Object.entries(differences.counts).map(([of, { new: missing, changed, gone }]) => [
    of,
    ...[missing, changed, gone].map(String),
  ]);
  for (const line of table([['', 'new', 'changed', 'gone'], ...rows])) terminal.line(line);
}
