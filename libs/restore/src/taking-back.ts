import type { ServiceName } from '#contracts';
import type { EventLog, OutgoingRecord } from '#event-log';
import { writeOutbox } from '#storage';
import { type LogState, placeOf } from './check-log.js';
import { readTold, type Stretch } from './read-told.js';
import type { Desk, LostCall, RestoredService, TakenBack } from './restored-service.js';

export interface TakenTopic {
  records: number;
  gone: number;
}

interface Parts {
  readonly log: Pick<EventLog, 'read'>;
  readonly state: LogState;
  readonly deskOf: (schema: ServiceName) => Desk;
  readonly report?: ((text: string) => void) | undefined;
}

/** Reads what services had published and has them say again what was lost; counts what came of it. */
export class TakingBack {
  readonly topics: Record<string, TakenTopic> = {};
  readonly announced: OutgoingRecord[] = [];
  /** Highest epoch in all that was read. */
  seen = -1;
  private readonly called = new Map<string, LostCall>();

  constructor(private readonly parts: Parts) {}

  calls(): LostCall[] {
    return [...this.called.values()];
  }

  async takeBack(service: RestoredService): Promise<void> {
    const { log, deskOf, report } = this.parts;
    const desk = deskOf(service.schema);
    let records = 0;
    for (const stretch of this.stretchesOf(service)) {
      for await (const portion of readTold(log, stretch, (record) => service.tell(record))) {
        records += portion.records;
        this.seen = Math.max(this.seen, portion.epoch);
        await this.settle(desk, await service.takeBack(desk, portion.told));
      }
    }
    const announced = (await service.announce?.(desk)) ?? [];
    await writeOutbox(desk.transaction, announced);
    this.announced.push(...announced);
    report?.(`${service.schema}: ${records} records read`);
  }

  private async settle(desk: Desk, { outgoing, calls = [] }: TakenBack): Promise<void> {
    await writeOutbox(desk.transaction, outgoing);
    for (const { topic, value } of outgoing) {
      const count = (this.topics[topic] ??= { records: 0, gone: 0 });
      count.records += 1;
      if (value === null) count.gone += 1;
    }
    for (const call of calls) this.called.set(JSON.stringify(call), call);
  }

  /** What was published after the moment of the backup, and perhaps some before. */
  private stretchesOf({ outputs }: RestoredService): Stretch[] {
    const { ranges, positions } = this.parts.state;
    return outputs.flatMap(({ topic, readBy }) =>
      ranges
        .filter((range) => range.topic === topic)
        .map((range) => {
          const read = readBy.map((reader) => positions.get(reader)?.get(placeOf(range)) ?? 0);
          const from = Math.max(range.earliest, Math.min(...(read.length > 0 ? read : [0])));
          return { ...range, from };
        }),
    );
  }
}
