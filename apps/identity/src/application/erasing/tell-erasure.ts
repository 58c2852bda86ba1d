/** What an erasure says of single interactions: which are gone, and which are filed elsewhere with ghosts in their bodies. */
import { HEADER, TOPIC, recordKey } from '#contracts';
import type { RefiledBody } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { stableHash } from '#kernel';
import type { FilingRow, WinnerRow } from '../../domain/state.js';
import type { InteractionName } from '../ports.js';
import type { Reason } from '../resolving/people-records.js';
import type { Workspace } from '../resolving/workspace.js';
import type { Refiled } from './ports.js';

export interface Telling {
  readonly workspace: Workspace;
  readonly reason: Reason;
  readonly revise: (counter: number) => number;
}

/** What downstream forgets it by; the revision outlives it. */
export function tombstoneOf(winner: WinnerRow, telling: Telling): OutgoingRecord {
  const { workspace, revise } = telling;
  const { tenant, filing } = winner;
  const revision = revise(winner.contentCounter + 1);
  const profileKey = workspace.filings.stored(filing)?.profileKey ?? 0;
  return {
    topic: TOPIC.interactionIdentified.name,
    key: recordKey(tenant, profileKey),
    headers: { ...envelope(winner, revision, telling), [HEADER.filing]: filing },
    value: null,
  };
}

/** Identity keeps no bodies: whoever does puts the ghosts in. */
export function refiledOf(refiled: Refiled, telling: Telling): OutgoingRecord {
  const { workspace, revise } = telling;
  const { tenant, filing, contentCounter, ghosts } = refiled;
  const row = workspace.filings.get(filing);
  const profileKey = row?.profileKey ?? 0;
  const body: RefiledBody = { ghosts };
  return {
    topic: TOPIC.interactionIdentified.name,
    key: recordKey(tenant, profileKey),
    headers: {
      ...envelope(refiled, revise(contentCounter), telling),
      [HEADER.refiled]: String(revise(contentCounter - 1)),
      [HEADER.filing]: filing,
      [HEADER.anchor]: row?.anchor ?? '',
      [HEADER.profileKey]: String(profileKey),
      [HEADER.profileId]: workspace.profiles.get(profileKey)?.profileId ?? '',
      [HEADER.filingRevision]: String(revise(row?.counter ?? 0)),
    },
    value: Buffer.from(JSON.stringify(body)),
  };
}

/** Where a filing was moved to stays on its topic for ever, with its anchor: not when nothing is left in it. */
export function forgottenMove(
  { tenant, filing, counter }: FilingRow,
  telling: Telling,
): OutgoingRecord {
  const topic = TOPIC.filingMoved.name;
  const key = recordKey(tenant, filing);
  const revision = telling.revise(counter);
  const headers = {
    [HEADER.id]: stableHash(topic, key, revision, 'gone'),
    [HEADER.specVersion]: '1.0',
    [HEADER.type]: topic,
    [HEADER.source]: 'touchline/identity',
    [HEADER.tenant]: tenant,
    [HEADER.revision]: String(revision),
    [HEADER.cause]: telling.reason.cause,
    [HEADER.causeRef]: telling.reason.ref,
  };
  return { topic, key, headers, value: null };
}

function envelope(
  { tenant, source, id }: InteractionName,
  revision: number,
  { reason }: Telling,
): Record<string, string> {
  const topic = TOPIC.interactionIdentified.name;
  return {
    [HEADER.id]: stableHash(topic, tenant, source, id, revision),
    [HEADER.specVersion]: '1.0',
    [HEADER.type]: topic,
    [HEADER.source]: 'touchline/identity',
    [HEADER.tenant]: tenant,
    [HEADER.revision]: String(revision),
    [HEADER.cause]: reason.cause,
    [HEADER.causeRef]: reason.ref,
    [HEADER.interactionSource]: source,
    [HEADER.interactionId]: id,
    [HEADER.contentRevision]: String(revision),
  };
}
