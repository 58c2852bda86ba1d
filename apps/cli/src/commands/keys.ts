import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { act, newCommand } from '../new-command.js';
import { table } from '../terminal.js';

interface KeyView {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly sources: readonly string[];
  readonly createdAt: string;
}

interface CreateOptions extends ConnectionOptions {
  readonly name: string;
  readonly scopes: string;
  readonly sources?: string;
}

const words = (text: string | undefined): string[] =>
  (text ?? '').split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));

export function keys() {
  return newCommand('keys', 'API keys of the tenant')
    .addCommand(list())
    .addCommand(create())
    .addCommand(revoke());
}

function list() {
  return withConnection(newCommand('list', 'Live keys, without their secrets')).action(
    act<ConnectionOptions>(async (terminal, options) => {
      const { items } = (await (await connect(options)).get('/v1/keys')) as { items: KeyView[] };
      terminal.result(items, () => {
        const rows = items.map(({ keyId, name, scopes, sources, createdAt }) => [
          keyId,
          name,
          scopes.join(','),
          sources.length === 0 ? 'all sources' : sources.join(','),
          createdAt,
        ]);
        for (const line of table([['key id', 'name', 'scopes', 'sources', 'created'], ...rows])) {
          terminal.line(line);
        }
      });
    }),
  );
}

function create() {
  return withConnection(newCommand('create', 'Create a key; it is shown once'))
    .requiredOption('--name <name>')
    .requiredOption('--scopes <scopes>', 'write, read, admin; several with commas')
    .option('--sources <sources>', 'sources a write key may write to; none = all')
    .action(
      act<CreateOptions>(async (terminal, options) => {
        const client = await connect(options);
        const { name, scopes, sources } = options;
        const request = { name, scopes: words(scopes), sources: words(sources) };
        const made = (await client.post('/v1/keys', request)) as { key: string; keyId: string };
        terminal.result(made, () => {
          terminal.line(made.key);
          terminal.line(`Shown once; its id is ${made.keyId}.`);
        });
      }),
    );
}

function revoke() {
  return withConnection(newCommand('revoke', 'Revoke a key'))
    .argument('<keyId>')
    .action(
      act<ConnectionOptions>(async (terminal, options, keyId = '') => {
        await (await connect(options)).delete(`/v1/keys/${encodeURIComponent(keyId)}`);
        terminal.result({ revoked: keyId }, () => terminal.line(`Revoked ${keyId}.`));
      }),
    );
}
