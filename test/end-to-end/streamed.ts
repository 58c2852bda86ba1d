import { STREAM_TYPES } from '#contracts';
import type { EventLog } from '#event-log';
import { openStorage } from '#storage';
import { PostgresErasedInStream } from '../../apps/metrics/src/adapters/postgres/erasing/erased-in-stream.repository.js';
import { ScreenErased } from '../../apps/metrics/src/application/streaming/screen-erased.js';
import { eventJson, streamEvent, tenantOf } from '../../apps/metrics/src/domain/stream-event.js';
import { METRICS_SCHEMA } from '../../apps/metrics/src/metrics.module.js';
import type { Stack } from './stack.js';
import { recordsOf } from './what-is-left.js';

export interface Streamed {
  readonly topic: string;
  /** What the log holds of it, as it would be told unscreened. */
  readonly held: string;
  /** Empty: nothing. */
  readonly told: string;
}

/** Every record that `GET /v1/stream` reads of a tenant from the start, beside what it tells of it. */
export async function streamed(
  { environment }: Pick<Stack, 'environment'>,
  log: EventLog,
  tenant: string,
): Promise<Streamed[]> {
  const { DATABASE_URL: databaseUrl = '', TOUCHLINE_SECRET: secret = '' } = environment;
  const storage = await openStorage({ ...METRICS_SCHEMA, databaseUrl, log, poolSize: 2 });
  try {
    const topics = STREAM_TYPES.map(({ topic }) => topic);
    const records = (await recordsOf(log, topics)).filter((each) => tenantOf(each) === tenant);
    const reading = { secret, regionOf: () => 'DE' };
    const screen = new ScreenErased(new PostgresErasedInStream(storage.unitOfWork, reading));
    const screened = await screen.execute(tenant, records);
    return records.map((record, index) => {
      const textOf = (shown: (typeof screened)[number]): string => {
        const event = shown && streamEvent(shown.record, { ...shown, secret });
        return event === undefined ? '' : eventJson(event);
      };
      const held = textOf({ record, isWithheld: false });
      return { topic: record.topic, held, told: textOf(screened[index]) };
    });
  } finally {
    await storage.close();
  }
}
