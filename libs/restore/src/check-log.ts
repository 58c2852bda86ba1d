import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS, type ServiceName } from '#contracts';
import type { EventLog, PartitionRange } from '#event-log';
import { Fault } from '#kernel';
import type { WholeDatabase } from '#storage';

/** How far a service had read at the moment of the backup: topic and partition → next offset. */
export type Positions = ReadonlyMap<string, number>;

export const placeOf = ({ topic, partition }: Pick<PartitionRange, 'topic' | 'partition'>) =>
  `${topic}/${partition}`;

export interface LogState {
  readonly ranges: readonly PartitionRange[];
  readonly positions: ReadonlyMap<ServiceName, Positions>;
}

const PROBLEMS_SHOWN_MAX = 5;

interface OffsetRow {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  readonly incarnation: string;
}

/** The log that the restored offsets speak of, which still holds all that comes after them; else a Fault that says what to do. */
export async function checkLog(
  database: WholeDatabase,
  log: Pick<EventLog, 'incarnation' | 'ranges'>,
  services: readonly ServiceName[],
): Promise<LogState> {
  const incarnation = await log.incarnation();
  const ranges = await log.ranges(TOPICS.map(({ name }) => name));
  const rangeOf = new Map(ranges.map((range) => [placeOf(range), range]));
  const positions = new Map<ServiceName, Positions>();
  const problems: string[] = [];
  for (const service of services) {
    const rows = await database
      .of(service)
      .query<OffsetRow>('SELECT topic, partition, next, incarnation FROM consumer_offset');
    const other = rows.find((row) => row.incarnation !== incarnation);
    if (other) throw anotherLog(service, other, incarnation);
    for (const row of rows) problems.push(...outOfRange(service, row, rangeOf.get(placeOf(row))));
    positions.set(service, new Map(rows.map((row) => [placeOf(row), row.next])));
  }
  if (problems.length > 0) throw notHeld(problems);
  return { ranges, positions };
}

const PATIENCE_MS = 40_000;
const LOOK_AGAIN_MS = 1_000;

/** Services beside another copy of the database would go on writing to the log. Those that were killed count for some seconds. */
export async function untilNobodyReads(
  database: WholeDatabase,
  log: Pick<EventLog, 'members'>,
  { services, report }: { services: readonly ServiceName[]; report?: (text: string) => void },
): Promise<void> {
  const groups = new Set<string>();
  for (const service of services) {
    const rows = await database
      .of(service)
      .query<{ name: string }>('SELECT DISTINCT consumer_group AS name FROM consumer_offset');
    for (const { name } of rows) groups.add(name);
  }
  for (const until = Date.now() + PATIENCE_MS; ;) {
    const alive: string[] = [];
    for (const group of groups) if ((await log.members(group)) > 0) alive.push(group);
    if (alive.length === 0) return;
    const who = `The log has members of ${alive.join(', ')}`;
    if (Date.now() > until)
      throw new Fault('conflict', `${who}: services run beside another database. Stop them first.`);
    report?.(`${who}: waiting`);
    await sleep(LOOK_AGAIN_MS);
  }
}

function outOfRange(
  service: ServiceName,
  row: OffsetRow,
  range: PartitionRange | undefined,
): string[] {
  const { earliest, next } = range ?? { earliest: 0, next: 0 };
  if (row.next >= earliest && row.next <= next) return [];
  const place = `${placeOf(row)}: ${service} wants ${row.next}, the log holds ${earliest} to ${next}`;
  return [place];
}

function anotherLog(service: ServiceName, row: OffsetRow, incarnation: string): Fault {
  return new Fault(
    'log-incarnation-changed',
    `The offsets of ${service} are of log ${row.incarnation}, this is log ${incarnation}: set the address (and prefix) of ` +
      'the log that the backup was made beside. If that log is lost, see "The log is lost" in docs/operations.md.',
  );
}

function notHeld(problems: readonly string[]): Fault {
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join('; ');
  const more = problems.length - PROBLEMS_SHOWN_MAX;
  return new Fault(
    'offset-out-of-range',
    `The log does not hold what comes after the backup. ${shown}${more > 0 ? `; ${more} more` : ''}. Below: retention removed ` +
      'records that were never handled; take a younger backup. Beyond: the log itself was restored or recreated.',
  );
}
