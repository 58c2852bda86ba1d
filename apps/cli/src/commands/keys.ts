import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { act, newCommand } from '../new-command.js';
import { table } from '../terminal.js';

interface KeyView {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly sources: readonly string[];
  readonly createdAt: string;
  readonly limits?: Limits;
}

type Rate = { readonly perSecond: number; readonly burst?: number } | null;

interface Limits {
  readonly requests?: Rate;
  readonly interactions?: Rate;
}

interface LimitOptions extends ConnectionOptions {
  readonly requests?: string;
  readonly interactions?: string;
}

interface CreateOptions extends LimitOptions {
  readonly name: string;
  readonly scopes: string;
  readonly sources?: string;
}

const RATE_HELP = 'a second, and at once: 100 or 100:500; `none` = no limit';

const words = (text: string | undefined): string[] =>
  (text ?? '').split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));

export function keys() {
  return newCommand('keys', 'API keys of the tenant')
    .addCommand(list())
    .addCommand(create())
    .addCommand(limit())
    .addCommand(revoke());
}

function list() {
  return withConnection(newCommand('list', 'Live keys, without their secrets')).action(
    act<ConnectionOptions>(async (terminal, options) => {
      const { items } = (await (await connect(options)).get('/v1/keys')) as { items: KeyView[] };
      terminal.result(items, () => {
        const rows = items.map(({ keyId, name, scopes, sources, createdAt, limits }) => [
          keyId,
          name,
          scopes.join(','),
          sources.length === 0 ? 'all sources' : sources.join(','),
          createdAt,
          shownLimits(limits),
        ]);
        const titles = ['key id', 'name', 'scopes', 'sources', 'created', 'limits'];
        for (const line of table([titles, ...rows])) {
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
    .option('--requests <rate>', RATE_HELP)
    .option('--interactions <rate>', RATE_HELP)
    .action(
      act<CreateOptions>(async (terminal, options) => {
        const client = await connect(options);
        const { name, scopes, sources } = options;
        const limits = limitsOf(options);
        const request = { name, scopes: words(scopes), sources: words(sources), limits };
        const made = (await client.post('/v1/keys', request)) as { key: string; keyId: string };
        terminal.result(made, () => {
          terminal.line(made.key);
          terminal.line(`Shown once; its id is ${made.keyId}.`);
        });
      }),
    );
}

function limit() {
  return withConnection(
    newCommand('limit', 'How fast a key may go; what is not named: as the tenant says'),
  )
    .argument('<keyId>')
    .option('--requests <rate>', RATE_HELP)
    .option('--interactions <rate>', RATE_HELP)
    .action(
      act<LimitOptions>(async (terminal, options, keyId = '') => {
        const client = await connect(options);
        const path = `/v1/keys/${encodeURIComponent(keyId)}`;
        const key = (await client.put(path, { limits: limitsOf(options) })) as KeyView;
        terminal.result(key, () => terminal.line(`${keyId}: ${shownLimits(key.limits)}`));
      }),
    );
}

function limitsOf({ requests, interactions }: LimitOptions): Limits {
  return {
    ...(requests !== undefined && { requests: rateIn(requests) }),
    ...(interactions !== undefined && { interactions: rateIn(interactions) }),
  };
}

function rateIn(text: string): Rate {
  if (text === 'none') return null;
  const [perSecond = Number.NaN, burst = perSecond] = text.split(':').map(Number);
  return { perSecond, burst };
}

function shownLimits({ requests, interactions }: Limits = {}): string {
  const shown = (name: string, rate: Rate | undefined) =>
    rate === undefined
      ? []
      : [`${name} ${rate === null ? 'unlimited' : `${rate.perSecond}/s, ${rate.burst} at once`}`];
  const all = [...shown('requests', requests), ...shown('interactions', interactions)];
  return all.length === 0 ? 'as the tenant' : all.join('; ');
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
