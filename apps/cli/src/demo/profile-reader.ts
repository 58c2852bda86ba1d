import type { Identifier } from '#contracts';
import { Fault } from '#kernel';
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

const LOOK_UPS_AT_A_TIME = 16;

export class ProfileReader {
  constructor(private readonly client: TouchlineClient) {}

  /** Undefined for an identifier that nobody has seen. */
  async byIdentifier({ type, value }: Identifier): Promise<Profile | undefined> {
    const path = `/v1/profiles?identifier=${encodeURIComponent(`${type}:${value}`)}`;
    const { status, body } = await this.client.send({ method: 'GET', path });
    if (status === 404) return undefined;
    if (status >= 400) throw new Fault('internal', `${path} answered ${status}`);
    return body as Profile;
  }

  /** Distinct profiles that hold any of these identifiers. Those that a profile found lists need no look-up of their own. */
  async countHolding(
    identifiers: readonly Identifier[],
    report: (done: number) => void,
  ): Promise<number> {
    const ids = new Set<string>();
    const seen = new Set<string>();
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < identifiers.length; index = next++) {
        const identifier = identifiers[index];
        if (!identifier) return;
        if (seen.has(nameOf(identifier))) continue;
        const profile = await this.byIdentifier(identifier);
        if (profile) ids.add(profile.profileId);
        const own = profile?.identifiers.filter(({ standing }) => standing === 'person') ?? [];
        for (const each of own) seen.add(nameOf(each));
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

const nameOf = ({ type, value }: Identifier): string => `${type}:${value}`;
