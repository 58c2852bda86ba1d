import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { act, newCommand } from '../new-command.js';
import { table } from '../terminal.js';

interface LetterView {
  readonly id: number;
  readonly storedAt: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly detail: string;
}

interface Replayed {
  readonly status: 'handled' | 'still-undecodable';
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
  return newCommand('dead-letters', 'Records that could not be read')
    .addCommand(list())
    .addCommand(replay());
}

function list() {
  return withConnection(newCommand('list', 'Newest first, with cause and position'))
    .option('--limit <number>', 'how many to look at, 200 at most', '50')
    .action(
      act<ListOptions>(async (terminal, options) => {
        const client = await connect(options);
        const path = `/v1/dead-letters?limit=${encodeURIComponent(options.limit)}`;
        const page = (await client.get(path)) as Page;
        terminal.result(page, () => {
          const rows = page.items.map(
            ({ id, storedAt, topic, partition, offset, code, detail }) => [
              String(id),
              storedAt,
              `${topic}/${partition}@${offset}`,
              code,
              detail,
            ],
          );
          for (const line of table([['id', 'set aside', 'position', 'code', 'detail'], ...rows]))
            terminal.line(line);
        });
      }),
    );
}

function replay() {
  return withConnection(newCommand('replay', 'Handle a record again'))
    .argument('<id>')
    .action(
      act<ConnectionOptions>(async (terminal, options, id = '') => {
        const client = await connect(options);
        const path = `/v1/dead-letters/${encodeURIComponent(id)}/replay`;
        const done = (await client.post(path, {})) as Replayed;
        terminal.result(done, () => {
          const failed = `Still cannot be read: ${done.detail ?? ''}`;
          terminal.line(done.status === 'handled' ? `Handled ${id}.` : failed);
        });
      }),
    );
}
