import { HEADER, splitRecordKey, TOPICS } from '#contracts';
import type { LogRecord } from '#event-log';
import { Fault } from '#kernel';
import { openLog } from '../adapters/open-log.js';
import { act, newCommand } from '../new-command.js';
import type { Terminal } from '../terminal.js';

interface TailOptions {
  readonly from: 'latest' | 'earliest';
  readonly max?: string;
}

const SHORT = /^touchline\.(.+)\.v\d+$/;

export function tail() {
  return newCommand('tail', 'Watch a topic, or all: one line a record')
    .argument('[topic]', 'full or short name, e.g. interaction.identified')
    .option('--from <position>', 'latest or earliest', 'latest')
    .option('--max <n>', 'stop after so many records')
    .action(act<TailOptions>((terminal, options, topic) => watch(terminal, options, topic)));
}

async function watch(
  terminal: Terminal,
  { from, max }: TailOptions,
  topic?: string,
): Promise<void> {
  const topics = topicsNamed(topic);
  const log = await openLog(process.env);
  const left = { records: max === undefined ? Number.POSITIVE_INFINITY : Number(max) };
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  process.once('SIGINT', finish);
  process.once('SIGTERM', finish);
  const following = await log.follow({
    topics,
    from,
    onRecords: (records) => {
      for (const record of records.slice(0, left.records)) print(terminal, record);
      left.records -= records.length;
      if (left.records <= 0) finish();
    },
  });
  await finished;
  await following.stop();
  await log.close();
}

function topicsNamed(topic: string | undefined): string[] {
  const names = TOPICS.map(({ name }) => name);
  if (topic === undefined) return names;
  const found = names.filter((name) => name === topic || SHORT.exec(name)?.[1] === topic);
  if (found.length > 0) return found;
  const known = names.map((name) => SHORT.exec(name)?.[1]).join(', ');
  throw new Fault('invalid-parameter', `There is no topic ${topic}. Topics: ${known}`);
}

function print(terminal: Terminal, record: LogRecord): void {
  const { topic, partition, offset, headers } = record;
  const key = splitRecordKey(record.key);
  const value = record.value === null ? null : parse(record.value);
  terminal.result({ topic, partition, offset, key, headers, value }, () => {
    const at = headers[HEADER.time] ?? new Date(record.appendedAt).toISOString();
    const short = SHORT.exec(topic)?.[1] ?? topic;
    const text = value === null ? '(deleted)' : JSON.stringify(value);
    terminal.line(`${at}  ${short}[${partition}]@${offset}  ${key.join(' ')}  ${text}`);
  });
}

function parse(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return `(${value.length} bytes that are not JSON)`;
  }
}
