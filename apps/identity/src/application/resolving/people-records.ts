/** Records that tell of people: state transfer, in the newest revision of a profile or a filing. */
import { HEADER, TOPIC, recordKey } from '#contracts';
import type { Cause, FilingMoved, ProfileChanged } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { stableHash } from '#kernel';

/** What other than evidence changed people. */
export interface Reason {
  readonly cause: Cause;
  readonly ref: string;
}

interface Revised {
  readonly tenant: string;
  readonly revision: number;
  readonly reason?: Reason | undefined;
}

/** `body` null: the profile is no more. */
export function profileRecord(
  profileKey: number | string,
  body: ProfileChanged | null,
  { tenant, revision, reason }: Revised,
): OutgoingRecord {
  const topic = TOPIC.profileChanged.name;
  const key = recordKey(tenant, profileKey);
  const headers = envelope({ tenant, topic, key, revision, reason });
  return { topic, key, headers, value: body && Buffer.from(JSON.stringify(body)) };
}

/** `move` null: nothing is left in the filing. */
export function filingRecord(
  filing: string,
  move: Pick<FilingMoved, 'anchor' | 'profileKey' | 'profileId'> | null,
  { tenant, revision, reason }: Revised,
): OutgoingRecord {
  const topic = TOPIC.filingMoved.name;
  const key = recordKey(tenant, filing);
  const headers = envelope({ tenant, topic, key, revision, reason });
  if (move === null) return { topic, key, headers, value: null };
  const { anchor, profileKey, profileId } = move;
  const body: FilingMoved = { tenant, filing, anchor, profileKey, profileId, revision };
  return { topic, key, headers, value: Buffer.from(JSON.stringify(body)) };
}

interface Announced extends Revised {
  readonly topic: string;
  readonly key: string;
}

function envelope({ tenant, topic, key, revision, reason }: Announced): Record<string, string> {
  return {
    [HEADER.id]: stableHash(topic, key, revision),
    [HEADER.specVersion]: '1.0',
    [HEADER.type]: topic,
    [HEADER.source]: 'touchline/identity',
    [HEADER.tenant]: tenant,
    [HEADER.revision]: String(revision),
    ...(reason && { [HEADER.cause]: reason.cause, [HEADER.causeRef]: reason.ref }),
  };
}
