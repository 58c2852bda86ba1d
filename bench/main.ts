import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Arm, Measurement } from './arm.js';
import { ceilingArm } from './ceiling.arm.js';
import { openGrounds, type Grounds } from './grounds.js';
import { runKpiQueryBench } from './kpi-query/kpi-query.js';
import { runMergeBench } from './merge/merge.js';
import { runReplayBench } from './replay/replay.js';
import { serviceArms } from './service.arms.js';
import { skeletonArm } from './skeleton.arm.js';
import { spread } from './statistics.js';

const ARMS: readonly Arm[] = [ceilingArm, skeletonArm, ...serviceArms];
const INTERACTIONS_MAX = 2_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    log: { type: 'string', default: 'both' },
    arms: { type: 'string', default: ARMS.map((arm) => arm.name).join(',') },
    rounds: { type: 'string', default: '3' },
    interactions: { type: 'string', default: '20000' },
    contacts: { type: 'string', default: '200000' },
    questions: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});

interface Row {
  readonly arm: string;
  readonly log: 'postgres' | 'kafka';
  readonly measurements: Measurement[];
}

function chosenRows(): Row[] {
  const names = values.arms.split(',');
  const unknown = names.filter((name) => !ARMS.some((arm) => arm.name === name));
  if (unknown.length > 0) throw new Error(`no such arm: ${unknown.join(', ')}`);
  const logs = values.log === 'both' ? (['postgres', 'kafka'] as const) : [values.log];
  return ARMS.filter((arm) => names.includes(arm.name)).flatMap((arm) =>
    arm.logs
      .filter((log) => logs.includes(log))
      .map((log) => ({ arm: arm.name, log, measurements: [] })),
  );
}

/** Round by round, every arm once: what the machine does in between meets all of them. */
async function runRounds(rows: readonly Row[], grounds: Grounds): Promise<void> {
  const interactions = Math.min(Number(values.interactions), INTERACTIONS_MAX);
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const row of rows) {
      const arm = ARMS.find(({ name }) => name === row.arm);
      if (arm === undefined) continue;
      console.error(`round ${round}: ${row.arm} on ${row.log} …`);
      const { ground, leave } = await grounds.enter(row.log);
      try {
        row.measurements.push(await arm.run(ground, interactions));
      } finally {
        await leave();
      }
    }
  }
}

function printTable(rows: readonly Row[]): void {
  const [cpu] = cpus();
  console.log(
    `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ` +
      `${values.interactions} interactions × ${values.rounds} rounds, fsync on, acks=all`,
  );
  console.log('arm'.padEnd(18), 'log'.padEnd(9), '/s median (min–max)'.padEnd(26), 'CPU µs each');
  for (const { arm, log, measurements } of rows) {
    const rate = spread(measurements.map((one) => one.interactions / one.seconds));
    const figure = `${Math.round(rate.median)} (${Math.round(rate.minimum)}–${Math.round(rate.maximum)})`;
    console.log(arm.padEnd(18), log.padEnd(9), figure.padEnd(26), cpuText(measurements));
  }
}

function cpuText(measurements: readonly Measurement[]): string {
  const names = Object.keys(measurements[0]?.cpuUs ?? {});
  return names
    .map((name) => {
      const { median } = spread(measurements.map((one) => one.cpuUs[name] ?? 0));
      return `${name} ${Math.round(median)}`;
    })
    .join(', ');
}

async function runArms(): Promise<void> {
  const rows = chosenRows();
  const grounds = await openGrounds(rows.some((row) => row.log === 'kafka'));
  try {
    await runRounds(rows, grounds);
  } finally {
    await grounds.close();
  }
  if (values.json) console.log(JSON.stringify(rows));
  else printTable(rows);
}

if (positionals.length === 0) await runArms();
else if (positionals.join() === 'merge') await runMergeBench(values.json);
else if (positionals.join() === 'kpi-query')
  await runKpiQueryBench({
    contacts: Math.min(Number(values.contacts), INTERACTIONS_MAX),
    questions: Number(values.questions),
    isJson: values.json,
  });
else if (positionals.join() === 'replay') await runReplayBench(values.json);
else throw new Error(`no such bench: ${positionals.join(' ')}`);
