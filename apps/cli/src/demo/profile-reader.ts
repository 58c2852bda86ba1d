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

  /** Of all that there are now. */
  async count(): Promise<number> {
    return ((await this.client.get('/v1/identity/statistics')) as { profiles: number }).profiles;
  }

  async timeline(profileId: string, limit: number): Promise<readonly TimelineItem[]> {
    const path = `/v1/profiles/${profileId}/timeline?limit=${limit}`;
    return ((await this.client.get(path)) as { items: TimelineItem[] }).items;
  }
}
