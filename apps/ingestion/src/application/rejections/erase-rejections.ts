import { parseInstant } from '#contracts';
import type { ErasureRequested } from '#contracts';
import type { ErasableStore, Mentions, Said } from '#erasure';
import type { UnitOfWork } from '#storage';
import type { RejectionPosition, Rejections, StoredRejection } from '../ports.js';

/** Rejections looked at in one transaction. */
const PAGE = 500;

/** What was rejected may be anything: each is read for what was erased, and goes whole. */
export class EraseRejections implements ErasableStore {
  readonly store = 'rejections';

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rejections: Rejections,
  ) {}

  async erase(
    mentions: Mentions,
    requests: readonly ErasureRequested[],
  ): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const tenant of new Set(requests.map((request) => request.tenant))) {
      let after: RejectionPosition | undefined;
      do {
        const page = await this.rejections.list({ tenant, filter: {}, after, limit: PAGE });
        const gone = page.filter((rejection) => {
          const erasureId = mentions.find(saidIn(rejection));
          if (erasureId !== undefined) counts.set(erasureId, (counts.get(erasureId) ?? 0) + 1);
          return erasureId !== undefined;
        });
        await this.unitOfWork.run((transaction) =>
          this.rejections.erase(
            transaction,
            tenant,
            gone.map(({ rejectionId }) => rejectionId),
          ),
        );
        after = page.length < PAGE ? undefined : page.at(-1);
      } while (after !== undefined);
    }
    return counts;
  }
}

export function saidIn({ tenant, source, id, receivedAt, ...kept }: StoredRejection): Said {
  const { raw, detail, derivedId, format } = kept;
  return {
    tenant,
    receivedAt: parseInstant(receivedAt),
    source,
    id: id ?? derivedId,
    texts: [raw, detail, ...(format === undefined ? [] : [JSON.stringify(format)])],
  };
}
