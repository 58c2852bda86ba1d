import type { ServiceName } from '#contracts';
import type { EventLog, LogRecord } from '#event-log';
import { Fault } from '#kernel';
import { type LogState, placeOf } from './check-log.js';
import type { Desk, RestoredService } from './restored-service.js';

/** Records before an offset that are looked at. */
const LOOKED_AT = 20;

interface Look {
  readonly log: Pick<EventLog, 'read'>;
  readonly state: LogState;
  readonly deskOf: (schema: ServiceName) => Desk;
}

/** Whoever has handled what its writer does not know was restored to a later moment, or not at all: a Fault. */
export async function checkOneMoment(
  services: readonly RestoredService[],
  look: Look,
): Promise<void> {
  for (const service of services)
    for (const output of service.outputs)
      for (const reader of output.readBy) await checkReader(service, { ...look, output, reader });
}

interface ReaderLook extends Look {
  readonly output: RestoredService['outputs'][number];
  readonly reader: ServiceName;
}

async function checkReader(service: RestoredService, look: ReaderLook): Promise<void> {
  const { state, output, reader, deskOf } = look;
  for (const range of state.ranges.filter(({ topic }) => topic === output.topic)) {
    const at = state.positions.get(reader)?.get(placeOf(range)) ?? range.earliest;
    const from = Math.max(range.earliest, at - LOOKED_AT);
    const handled = await recordsBetween(look.log, { ...range, from, next: at });
    const unknown = (await service.countUnknown?.(deskOf(service.schema), handled)) ?? 0;
    if (unknown > 0) throw notOneMoment(service.schema, reader);
  }
}

async function recordsBetween(
  log: Look['log'],
  place: { topic: string; partition: number; from: number; next: number },
): Promise<readonly LogRecord[]> {
  const { next, ...range } = place;
  if (range.from >= next) return [];
  const records = await log.read({ ...range, max: LOOKED_AT });
  return records.filter(({ offset }) => offset < next);
}

function notOneMoment(writer: ServiceName, reader: ServiceName): Fault {
  return new Fault(
    'conflict',
    `${reader} has handled records that ${writer} knows nothing of: the two schemas are of different moments. Restore the whole ` +
      'database, all schemas from one backup.',
  );
}
