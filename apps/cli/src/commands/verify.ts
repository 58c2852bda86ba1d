import { Option } from 'commander';
import { ConfigurationFault, InfrastructureConfig, knownSecret, loadConfig } from '#runtime';
import type { Difference } from '#verify';
import { openDatabase } from '../adapters/open-database.js';
import { openLog } from '../adapters/open-log.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { count, type Terminal, table } from '../terminal.js';
import { type Verification, verifyInstallation } from '../verification/verify-installation.js';

interface VerifyOptions {
  readonly tenant?: string;
  readonly differences: string;
  readonly patience: string;
}

export function verify() {
  return newCommand(
    'verify',
    'Recompute everything from the archive and compare: prove the numbers',
  )
    .option('--tenant <tenant>', 'one tenant only')
    .addOption(new Option('--differences <n>', 'how many to print of each table').default('5'))
    .addOption(
      new Option('--patience <s>', 'how long to wait for what is on its way').default('60'),
    )
    .action(
      act<VerifyOptions>(async (terminal, options) => {
        const verification = await verifyConfigured(terminal, options);
        terminal.result(verification, () => show(terminal, verification));
        return verification.isEqual ? EXIT.done : EXIT.different;
      }),
    );
}

/** The installation as configured: running, or stopped (then its embedded database is started for the while). */
async function verifyConfigured(
  terminal: Terminal,
  { tenant, differences, patience }: VerifyOptions,
): Promise<Verification> {
  const config = loadConfig(InfrastructureConfig, process.env);
  const dataDir = config.TOUCHLINE_DATA_DIR;
  const secret = config.TOUCHLINE_SECRET ?? (await knownSecret(dataDir));
  if (secret === undefined)
    throw new ConfigurationFault([
      'TOUCHLINE_SECRET must be set (or TOUCHLINE_DATA_DIR name the folder that holds it): it is the key of profile ids',
    ]);
  const database = await openDatabase(config);
  try {
    const log = await openLog({ ...process.env, DATABASE_URL: database.url });
    try {
      return await verifyInstallation(
        { databaseUrl: database.url, log, secret },
        {
          tenant,
          patienceMs: Number(patience) * 1_000,
          differencesMax: Number(differences),
          report: (text) => terminal.line(text),
        },
      );
    } finally {
      await log.close();
    }
  } finally {
    await database.stop();
  }
}

function show(terminal: Terminal, { isEqual, tenants }: Verification): void {
  for (const { tenant, watermark, interactions, calls, tables, notRecomputed } of tenants) {
    terminal.line();
    terminal.line(
      `${tenant} at ${watermark}: ${count(interactions)} interactions, ${count(calls)} calls`,
    );
    const rows = tables.map(({ table, rows, different }) => [
      table,
      count(rows),
      different === 0 ? 'equal' : `${count(different)} DIFFERENT`,
    ]);
    for (const line of table([['table', 'rows', ''], ...rows])) terminal.line(`  ${line}`);
    for (const { table, first } of tables)
      for (const difference of first) terminal.line(`${table}  ${describe(difference)}`);
    for (const [name, rows] of Object.entries(notRecomputed))
      terminal.line(`NOT recomputed yet: ${name}, ${count(rows)} rows`);
  }
  terminal.line(
    isEqual
      ? 'Everything that is kept follows from the archive.'
      : 'What is kept does not follow from the archive.',
  );
}

function describe({ key, recorded, expected, members }: Difference): string {
  if (recorded === undefined) return `${key}: missing; should be ${JSON.stringify(expected)}`;
  if (expected === undefined) return `${key}: should not be there; is ${JSON.stringify(recorded)}`;
  const parts = members.map((member) => {
    const [is, should] = [Reflect.get(recorded, member), Reflect.get(expected, member)];
    return `${member} is ${JSON.stringify(is)}, should be ${JSON.stringify(should)}`;
  });
  return `${key}: ${parts.join('; ')}`;
}
