import { access, constants, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { loadInfrastructureConfig } from '#runtime';
import { type Check, diagnose, type Finding } from '../application/diagnose.js';
import { connect, type ConnectionOptions, dataDirectory, withConnection } from '../connection.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { settleRestore } from './after-restore.js';
import { backendChecks } from './backend-checks.js';

const NODE_MAJOR_MIN = 24;
const CLOCK_DIFFERENCE_MS_MAX = 60_000;

export function doctor() {
  const command = newCommand('doctor', 'Look for what is wrong, and say the fix')
    .option('--after-restore', 'make a database ready that was restored, services stopped')
    .option('--dry-run', 'with --after-restore: only tell what would be done');
  return withConnection(command).action(
    act<DoctorOptions>(async (terminal, options) => {
      if (options.afterRestore) return settleRestore(terminal, options.dryRun === true);
      const findings = await diagnose(checks(options));
      terminal.result(findings, () => {
        for (const { check, status, found, fix } of findings) {
          terminal.line(`${MARKS[status]} ${check}: ${found}`);
          if (fix) terminal.line(`      → ${fix}`);
        }
      });
      return findings.some(({ status }) => status === 'bad') ? EXIT.failed : EXIT.done;
    }),
  );
}

interface DoctorOptions extends ConnectionOptions {
  readonly afterRestore?: boolean;
  readonly dryRun?: boolean;
}

const MARKS: Readonly<Record<Finding['status'], string>> = {
  good: 'ok   ',
  warning: 'note ',
  bad: 'BAD  ',
};

function checks(options: ConnectionOptions): Check[] {
  return [
    {
      name: 'Node',
      fix: 'run the commands through npm or npx: node 24 comes with the packages',
      look: async () => nodeVersion(),
    },
    {
      name: 'configuration',
      fix: 'see Configuration in README.md',
      look: async () => {
        const { TOUCHLINE_LOG, DATABASE_URL, REDIS_URL } = loadInfrastructureConfig(process.env);
        const database = DATABASE_URL === undefined ? 'embedded' : 'by URL';
        return `log ${TOUCHLINE_LOG}, database ${database}, cache ${REDIS_URL ? 'Redis' : 'in process'}`;
      },
    },
    {
      name: 'data directory',
      fix: `make ${dataDirectory()} writable, or set TOUCHLINE_DATA_DIR`,
      look: async () => {
        await mkdir(dataDirectory(), { recursive: true });
        await access(dataDirectory(), constants.W_OK);
        return dataDirectory();
      },
    },
    ...serverChecks(options),
    ...backendChecks(process.env),
  ];
}

function serverChecks(options: ConnectionOptions): Check[] {
  const { url } = options;
  return [
    {
      name: 'server',
      fix: 'start it: touchline start (or give --url)',
      look: async () => {
        const answer = await tryFetch(`${url}/health/ready`);
        if (answer === undefined) return describePort(url);
        if (answer.ok) return `${url} is ready`;
        throw new Error(`${url} is not ready: ${(await answer.text()).slice(0, 500)}`);
      },
    },
    {
      name: 'clock',
      fix: 'set the clocks of both machines (NTP)',
      look: async () => {
        const answer = await tryFetch(`${url}/health/live`);
        if (answer === undefined) return undefined;
        const difference = Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now());
        if (difference > CLOCK_DIFFERENCE_MS_MAX) throw new Error(`differs by ${difference} ms`);
        return 'agrees with the server';
      },
    },
    {
      name: 'key',
      fix: 'give --key or TOUCHLINE_KEY; the first keys are in keys.json of the data directory',
      look: async () => {
        if ((await tryFetch(`${url}/health/live`)) === undefined) return undefined;
        await (await connect(options)).get('/v1/sources');
        return 'is accepted';
      },
    },
  ];
}

function nodeVersion(): string | { warning: string } {
  const major = Number(process.versions.node.split('.')[0]);
  const text = `${process.version} on ${process.platform}-${process.arch}`;
  return major >= NODE_MAJOR_MIN ? text : { warning: `${text}; ${NODE_MAJOR_MIN} is wanted` };
}

async function tryFetch(address: string): Promise<Response | undefined> {
  return fetch(address, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
}

/** Nobody answers HTTP there: either nothing runs, or something else has the port. */
async function describePort(url: string): Promise<{ warning: string }> {
  const { hostname, port } = new URL(url);
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(Number(port || 80), hostname, () => probe.close(() => resolve(true)));
  });
  if (isFree) return { warning: `nothing runs at ${url}; the port is free` };
  throw new Error(`something that is not Touchline has the port of ${url}`);
}
