import { formatInstant } from '#contracts';
import type { Page } from './read-facts.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import type { JourneyReader } from './reading.js';

export interface QuarantineView {
  readonly profileId: string;
  /** The watermark when deriving failed. */
  readonly since: string;
  readonly detail: string;
}

/** Profiles whose facts stay at their last good revision because deriving them threw. */
export class ReadQuarantines {
  constructor(private readonly reader: JourneyReader) {}

  async execute(query: {
    readonly tenant: string;
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<Page<QuarantineView>> {
    const { tenant, cursor, limit } = query;
    const after = decodeCursor(cursor, 1)?.[1] ?? '';
    const found = await this.reader.quarantines({ tenant, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      items: page.map(({ profileId, quarantine: { at, detail } }) => ({
        profileId,
        since: formatInstant(at),
        detail,
      })),
      next: last ? encodeCursor(0, last.profileId) : null,
    };
  }
}
