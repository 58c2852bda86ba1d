/**
 * What a restored database needs before its services start (decision 0016): revisions beyond all that the log has seen, and the
 * last word on every key that the lost life spoke of. One transaction over all schemas: it happens as a whole or not at all,
 * and a dry run is the whole of it, rolled back.
 */
import type { ServiceName } from '#contracts';
import type { EventLog, OutgoingRecord } from '#event-log';
import { Fault } from '#kernel';
import { holdServices, type WholeDatabase, withWholeDatabase } from '#storage';
import { checkLog, type LogState, placeOf, untilNobodyReads } from './check-log.js';
import { type LostErasure, readErasures } from './read-erasures.js';
import { checkOneMoment } from './check-one-moment.js';
import { epochIn, lastRecords } from './read-told.js';
import type { Desk, LostCall, RestoredService } from './restored-service.js';
import { TakingBack } from './taking-back.js';
import { epochAfter } from './told.js';

export interface RestoreSubject {
  readonly databaseUrl: string;
  readonly log: EventLog;
  /** In the direction of the records. */
  readonly services: readonly RestoredService[];
}

export interface AfterRestore {
  readonly isDryRun: boolean;
  /** ms */
  readonly now: () => number;
  readonly report?: (text: string) => void;
}

export interface RestoreReport {
  readonly isDryRun: boolean;
  /** In force in all schemas. */
  readonly epoch: number;
  /** Records of the lost life that each service handles again. */
  readonly behind: Readonly<Partial<Record<ServiceName, number>>>;
  /** Records said again, by topic: how many, and how many of them as gone. */
  readonly takenBack: Readonly<Record<string, { readonly records: number; readonly gone: number }>>;
  /** The first {@link CALLS_SHOWN_MAX}: what people asked for and have to ask for again. */
  readonly lostCalls: readonly LostCall[];
  readonly lostCallsMore: number;
  /** Asked for after the backup: carried out again by themselves. */
  readonly erasures: readonly LostErasure[];
}

const CALLS_SHOWN_MAX = 1_000;

interface Attempt {
  readonly subject: RestoreSubject;
  readonly options: AfterRestore;
  /** The highest epoch known to be in the log. */
  readonly inLog: number;
}

interface Attempted {
  readonly report: RestoreReport;
  /** The highest epoch that was read. */
  readonly seen: number;
  readonly announced: readonly OutgoingRecord[];
}

export async function afterRestore(
  subject: RestoreSubject,
  options: AfterRestore,
): Promise<RestoreReport> {
  // Ends of partitions tell the epoch of the log, but for repeats that an older outbox sent last: then all is done over.
  for (let inLog = await epochAtEnds(subject); ;) {
    const { report, seen } = await withWholeDatabase(subject.databaseUrl, async (database) => {
      const result = await restoreAll(database, { subject, options, inLog });
      const isKept = result.seen < result.report.epoch && !options.isDryRun;
      if (isKept) await subject.log.append(result.announced);
      return { result, isKept };
    });
    if (seen < report.epoch) return report;
    inLog = seen;
  }
}

async function restoreAll(
  database: WholeDatabase,
  { subject, options, inLog }: Attempt,
): Promise<Attempted> {
  const schemas = subject.services.map(({ schema }) => schema);
  const first = database.of(schemas[0] ?? 'ingestion');
  const running = await holdServices(first, schemas);
  if (running.length > 0)
    throw new Fault(
      'conflict',
      `Services still run: ${running.join(', ')}. Stop all of them first.`,
    );
  const { report: say } = options;
  await untilNobodyReads(database, subject.log, { services: schemas, ...(say && { report: say }) });
  const state = await checkLog(database, subject.log, schemas);
  const epochs = await epochsIn(database, schemas);
  const epoch = epochAfter(epochs.values(), inLog);
  const { log, services } = subject;
  const deskOf = (schema: ServiceName): Desk => ({
    transaction: database.of(schema),
    epochBefore: epochs.get(schema) ?? 0,
    epoch,
    now: options.now(),
  });
  await checkOneMoment(services, { log, state, deskOf });
  const taken = new TakingBack({ log, state, deskOf, report: options.report });
  for (const service of services) await taken.takeBack(service);
  for (const schema of schemas)
    await database.of(schema).query('UPDATE epoch SET number = $1', [epoch]);
  const report = {
    isDryRun: options.isDryRun,
    epoch,
    behind: behindOf(state),
    takenBack: taken.topics,
    lostCalls: taken.calls().slice(0, CALLS_SHOWN_MAX),
    lostCallsMore: Math.max(0, taken.calls().length - CALLS_SHOWN_MAX),
    erasures: await readErasures(log, state),
  };
  return { report, seen: taken.seen, announced: taken.announced };
}

async function epochAtEnds({ log, services }: RestoreSubject): Promise<number> {
  let highest = -1;
  const topics = services.flatMap(({ outputs }) => outputs.map(({ topic }) => topic));
  for (const range of await log.ranges(topics))
    for (const record of await lastRecords(log, range))
      highest = Math.max(highest, epochIn(record));
  return highest;
}

async function epochsIn(
  database: WholeDatabase,
  schemas: readonly ServiceName[],
): Promise<Map<ServiceName, number>> {
  const epochs = new Map<ServiceName, number>();
  for (const schema of schemas) {
    const [row] = await database.of(schema).query<{ number: number }>('SELECT number FROM epoch');
    epochs.set(schema, row?.number ?? 0);
  }
  return epochs;
}

function behindOf({ ranges, positions }: LogState): RestoreReport['behind'] {
  const ends = new Map(ranges.map((range) => [placeOf(range), range.next]));
  return Object.fromEntries(
    [...positions].map(([service, at]) => [
      service,
      [...at].reduce((sum, [place, next]) => sum + (ends.get(place) ?? next) - next, 0),
    ]),
  );
}
