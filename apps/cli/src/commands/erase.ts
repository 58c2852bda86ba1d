import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, withConnection } from '../connection.js';
import { act, newCommand } from '../new-command.js';
import { table } from '../terminal.js';

interface Accepted {
  readonly erasureId: string;
  readonly receipt: string;
}

interface Receipt {
  readonly erasureId: string;
  readonly state: 'running' | 'done';
  readonly parts: number;
  readonly services: readonly {
    readonly service: string;
    readonly partsDone: number;
    readonly stores: Readonly<Record<string, number>>;
  }[];
  readonly logForgetsAt: string;
}

interface EraseOptions extends ConnectionOptions {
  readonly actor?: string;
  readonly reason?: string;
  readonly wait: string;
}

const POLL_MS = 500;

export function erase() {
  return withConnection(newCommand('erase', 'Erase a customer from everywhere, for ever'))
    .argument('<profile>', 'any id that the profile answers to')
    .option('--actor <name>', 'who asks for it; shown on the receipt')
    .option('--reason <text>', 'why; shown on the receipt, so better without names')
    .option('--wait <seconds>', 'how long to wait for all services', '60')
    .action(
      act<EraseOptions>(async (terminal, options, profile = '') => {
        const client = await connect(options);
        const { actor, reason } = options;
        const query = new URLSearchParams({ ...(actor && { actor }), ...(reason && { reason }) });
        const path = `/v1/profiles/${encodeURIComponent(profile)}?${query.toString()}`;
        const accepted = (await client.delete(path)) as Accepted;
        const deadline = performance.now() + Number(options.wait) * 1_000;
        let receipt = (await client.get(accepted.receipt)) as Receipt;
        while (receipt.state === 'running' && performance.now() < deadline) {
          await sleep(POLL_MS);
          receipt = (await client.get(accepted.receipt)) as Receipt;
        }
        terminal.result(receipt, () =>
          show(receipt, accepted).forEach((line) => terminal.line(line)),
        );
      }),
    );
}

function show({ state, services, parts, logForgetsAt }: Receipt, { receipt }: Accepted): string[] {
  const rows = services.map(({ service, partsDone, stores }) => [
    service,
    `${partsDone} of ${parts}`,
    Object.entries(stores)
      .map(([store, count]) => `${store} ${count}`)
      .join(', '),
  ]);
  const end = state === 'done' ? 'Erased everywhere' : `Still running, see ${receipt}`;
  return [
    ...table([['service', 'parts', 'rows erased or rewritten'], ...rows]),
    `${end}; topics that are logs forget until ${logForgetsAt}.`,
  ];
}
