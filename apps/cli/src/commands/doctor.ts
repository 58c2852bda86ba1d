import { access, constants, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { TOPICS } from '#contracts';
import { loadInfrastructureConfig } from '#runtime';
import { openLog } from '../adapters/open-log.js';
import { runningDatabase } from '../adapters/running-database.js';
import { type Check, diagnose, type Finding } from '../application/diagnose.js';
import { connect, type ConnectionOptions, dataDirectory, withConnection } from '../connection.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import { settleRestore } from './after-restore.js';

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
    ...logChecks(),
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

function logChecks(): Check[] {
  return [
    {
      name: 'log',
      fix: 'check DATABASE_URL or KAFKA_BROKERS; topics are made at the start of a service',
      look: async () => {
        if (process.env['DATABASE_URL'] === undefined && process.env['TOUCHLINE_LOG'] !== 'kafka') {
          const isRunning = await runningDatabase(dataDirectory()).then(
            () => true,
            () => false,
          );
          if (!isRunning) return { warning: 'the embedded database does not run now' };
        }
        return describeLog();
      },
    },
  ];
}

async function describeLog(): Promise<string> {
  const log = await openLog(process.env);
  try {
    const description = await log.describe();
    const ranges = await log.ranges(TOPICS.map(({ name }) => name));
    const present = new Set(ranges.map(({ topic }) => topic));
    const missing = TOPICS.filter(({ name }) => !present.has(name)).map(({ name }) => name);
    if (missing.length > 0)
      throw new Error(`${description}; missing topics: ${missing.join(', ')}`);
    const records = ranges.reduce((sum, { earliest, next }) => sum + next - earliest, 0);
    return `${description}; ${present.size} topics, ${records} records`;
  } finally {
    await log.close();
  }
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
