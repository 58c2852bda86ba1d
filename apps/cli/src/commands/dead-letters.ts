import { Argument } from 'commander';
import { SERVICES } from '#contracts';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { table, type Terminal } from '../terminal.js';

interface LetterView {
  readonly id: number;
  readonly group: string;
  readonly storedAt: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly detail: string;
}

interface Replayed {
  readonly status: 'handled' | 'still-fails';
  readonly code?: string;
  readonly detail?: string;
}

interface Page {
  readonly items: LetterView[];
  readonly next: string | null;
}

interface ListOptions extends ConnectionOptions {
  readonly limit: string;
}

export function deadLetters() {
  return newCommand('dead-letters', 'Records that a service could not handle')
    .addCommand(list())
    .addCommand(replay());
}

function list() {
  return withConnection(newCommand('list', 'Newest first, with cause and position'))
    .addArgument(serviceArgument('[service]').default('all'))
    .option('--limit <number>', 'how many to look at in each service, 200 at most', '50')
    .action(
      act<ListOptions>(async (terminal, options, service = 'all') => {
        const client = await connect(options);
        const pages: Record<string, Page> = {};
        for (const each of service === 'all' ? SERVICES : [service]) {
          const path = `/v1/dead-letters/${each}?limit=${encodeURIComponent(options.limit)}`;
          pages[each] = (await client.get(path)) as Page;
        }
        terminal.result(pages, () => show(terminal, pages));
      }),
    );
}

function show(terminal: Terminal, pages: Readonly<Record<string, Page>>): void {
  const rows = Object.entries(pages).flatMap(([service, { items }]) =>
    items.map(({ id, group, storedAt, topic, partition, offset, code, detail }) => [
      service,
      String(id),
      storedAt,
      group,
      `${topic}/${partition}@${offset}`,
      code,
      detail,
    ]),
  );
  const head = ['service', 'id', 'set aside', 'group', 'position', 'code', 'detail'];
  for (const line of table([head, ...rows])) terminal.line(line);
}

function replay() {
  return withConnection(newCommand('replay', 'Handle a record again'))
    .addArgument(serviceArgument('<service>'))
    .argument('<id>')
    .action(
      act<ConnectionOptions>(async (terminal, options, service = '', id = '') => {
        const client = await connect(options);
        const path = `/v1/dead-letters/${service}/${encodeURIComponent(id)}/replay`;
        const done = (await client.post(path, {})) as Replayed;
        terminal.result(done, () => {
          const failed = `Still fails: ${done.code ?? ''} ${done.detail ?? ''}`;
          terminal.line(done.status === 'handled' ? `Handled ${id}.` : failed);
        });
        return done.status === 'handled' ? EXIT.done : EXIT.rejections;
      }),
    );
}

function serviceArgument(name: string): Argument {
  const services = name.startsWith('[') ? [...SERVICES, 'all'] : SERVICES;
  return new Argument(name).choices(services);
}
