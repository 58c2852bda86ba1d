import { Option } from 'commander';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { act, newCommand } from '../new-command.js';
import { queryOf } from '../query.js';
import { table } from '../terminal.js';
import { type AlikeOptions, replayRejections } from './replay-rejections.js';

interface ListOptions extends AlikeOptions {
  readonly limit: string;
  readonly replayed?: 'true' | 'false';
}

interface Rejection {
  readonly rejectionId: string;
  readonly receivedAt: string;
  readonly source?: string;
  readonly id?: string;
  readonly code: string;
  readonly pointer: string;
  readonly detail: string;
  readonly raw: string;
  readonly replay?: { readonly at: string; readonly by: string; readonly id: string };
}

interface Group {
  readonly count: number;
  readonly code: string;
  readonly pointer: string;
  readonly source?: string;
  readonly lastAt: string;
  readonly exampleId: string;
}

export function rejections() {
  return newCommand('rejections', 'What was refused: why, and replaying it')
    .addCommand(groups())
    .addCommand(list())
    .addCommand(show())
    .addCommand(replayRejections());
}

function groups() {
  return withConnection(
    newCommand('groups', 'What waits, by cause; the most frequent first'),
  ).action(
    act<ConnectionOptions>(async (terminal, options) => {
      const path = '/v1/rejections/groups?limit=200';
      const { items } = (await (await connect(options)).get(path)) as { items: Group[] };
      terminal.result(items, () => {
        const rows = items.map(({ count, code, pointer, source = '', lastAt, exampleId }) => [
          code,
          String(count),
          pointer || '(all)',
          source,
          lastAt,
          exampleId,
        ]);
        const head = ['code', 'count', 'pointer', 'source', 'last', 'example'];
        for (const line of table([head, ...rows])) terminal.line(line);
      });
    }),
  );
}

function list() {
  return withConnection(newCommand('list', 'Rejections, newest first'))
    .option('--code <code>')
    .option('--source <source>')
    .option('--pointer <pointer>')
    .addOption(
      new Option('--replayed <which>', 'only those, or only those that wait').choices([
        'true',
        'false',
      ]),
    )
    .option('--limit <n>', 'at most 200', '50')
    .action(
      act<ListOptions>(async (terminal, options) => {
        const { code, source, pointer, limit, replayed } = options;
        const query = queryOf({ code, source, pointer, limit, replayed });
        const page = (await (await connect(options)).get(`/v1/rejections?${query}`)) as {
          items: Rejection[];
        };
        terminal.result(page.items, () => {
          const rows = page.items.map((one) => [
            one.rejectionId,
            one.receivedAt,
            one.source ?? '',
            one.id ?? '',
            one.code,
            one.pointer,
          ]);
          const head = ['rejection id', 'received', 'source', 'id', 'code', 'pointer'];
          for (const line of table([head, ...rows])) terminal.line(line);
        });
      }),
    );
}

function show() {
  return withConnection(newCommand('show', 'One rejection with what was posted'))
    .argument('<rejectionId>')
    .action(
      act<ConnectionOptions>(async (terminal, options, id = '') => {
        const client = await connect(options);
        const one = (await client.get(`/v1/rejections/${encodeURIComponent(id)}`)) as Rejection;
        terminal.result(one, () => {
          terminal.line(`${one.code} at ${one.pointer || 'the interaction itself'}: ${one.detail}`);
          terminal.line(`received ${one.receivedAt}`);
          if (one.replay) terminal.line(`replayed ${one.replay.at} by ${one.replay.by}`);
          terminal.line(one.raw);
        });
      }),
    );
}
