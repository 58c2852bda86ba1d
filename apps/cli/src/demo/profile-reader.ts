import type { Identifier } from '#contracts';
import type { TouchlineClient } from '../adapters/touchline-client.js';

export interface Profile {
  readonly profileId: string;
  readonly identifiers: readonly (Identifier & { readonly standing: string })[];
  readonly interactionCount?: number;
}

export interface TimelineItem {
  readonly source: string;
  readonly type: string;
  readonly channel: string;
  readonly occurredAt: string;
  readonly touchpoint?: string;
}

interface Found {
  readonly items?: readonly Profile[];
  readonly profileId?: string;
}

const LOOK_UPS_AT_A_TIME = 16;

export class ProfileReader {
  constructor(private readonly client: TouchlineClient) {}

  /** A shared identifier belongs to several; one that nobody has seen to none. */
  async byIdentifier({ type, value }: Identifier): Promise<readonly Profile[]> {
    const path = `/v1/profiles?identifier=${encodeURIComponent(`${type}:${value}`)}`;
    const { status, body } = await this.client.send({ method: 'GET', path });
    if (status === 404) return [];
    const found = (body ?? {}) as Found;
    if (found.items) return found.items;
    return found.profileId === undefined ? [] : [found as Profile];
  }

  /** Distinct profiles that hold any of these identifiers. */
  async countHolding(
    identifiers: readonly Identifier[],
    report: (done: number) => void,
  ): Promise<number> {
    const ids = new Set<string>();
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < identifiers.length; index = next++) {
        const identifier = identifiers[index];
        if (!identifier) return;
        for (const { profileId } of await this.byIdentifier(identifier)) ids.add(profileId);
        report(index);
      }
    };
    await Promise.all(Array.from({ length: LOOK_UPS_AT_A_TIME }, work));
    return ids.size;
  }

  async timeline(profileId: string, limit: number): Promise<readonly TimelineItem[]> {
    const path = `/v1/profiles/${profileId}/timeline?limit=${limit}`;
    return ((await this.client.get(path)) as { items: TimelineItem[] }).items;
  }
}
