/**
 * What an erasure leaves of a record that the log still holds (decision 0010): old positions tell nothing of the erased. A tombstone is
 * always told: it is how readers forget. A change of a profile, or a fact, that speaks of the erased is left out: a newer one, or a tombstone,
 * follows it. An interaction of somebody else that carries an erased identifier is told without its value. Reasons name the erasure.
 */
import { HEADER, parseInstant, TOPIC } from '#contracts';
import type { Identifier, KpiCorrected } from '#contracts';
import { interactionsNamed } from './erased-reason.js';
import type { NamedInteraction } from './erased-reason.js';
import type { StreamedRecord } from './stream-event.js';

/** Whoever the record speaks of. */
export interface Spoken {
  readonly interactions: readonly NamedInteraction[];
  readonly identifiers: readonly Identifier[];
  /** Public ids: keyed names of identifiers. */
  readonly profileIds: readonly string[];
  /** References that may name interactions. */
  readonly refs: readonly string[];
}

/** What is erased of a tenant, among all that was asked for. */
export interface Erased {
  /** The erasure of an interaction. */
  interaction(named: NamedInteraction): string | undefined;
  /** Up to when an identifier was erased, ms. */
  identifier(identifier: Identifier): number | undefined;
  profileId(profileId: string): number | undefined;
}

export interface Screened {
  readonly record: StreamedRecord;
  readonly isWithheld: boolean;
}

/** Relays send what was written before an erasure some time after it. */
const RELAY_MS = 60_000;

export function spokenOf(record: StreamedRecord): Spoken {
  const { topic, headers } = record;
  const refs = refsOf(record);
  if (topic === TOPIC.interactionIdentified.name) {
    const named = {
      source: headers[HEADER.interactionSource] ?? '',
      id: headers[HEADER.interactionId] ?? '',
    };
    const identifiers = identifiersIn(headers[HEADER.identifiers]);
    return { interactions: [named], identifiers, profileIds: [], refs };
  }
  const body = bodyOf(record);
  const { first = [], last = [] } = body.interactions ?? {};
  const profileIds = [body.profileId ?? [], body.formerIds ?? []].flat();
  const interactions = [...first, ...last, ...Object.values(body.traits ?? {})];
  return { interactions, identifiers: body.identifiers ?? [], profileIds, refs };
}

/** Undefined: it is not told. */
export function screened(record: StreamedRecord, erased: Erased): Screened | undefined {
  const spoken = spokenOf(record);
  const renamed = withoutNames(record, erased);
  if (record.value === null) return { record: renamed, isWithheld: false };
  if (spoken.interactions.some((named) => erased.interaction(named) !== undefined))
    return undefined;
  if (record.topic === TOPIC.interactionIdentified.name) {
    const receivedAt = parseInstant(record.headers[HEADER.receivedAt] ?? '') ?? -Infinity;
    const isWithheld = spoken.identifiers.some(
      (each) => receivedAt <= (erased.identifier(each) ?? -Infinity),
    );
    return { record: renamed, isWithheld };
  }
  const erasedAt = [
    ...spoken.identifiers.map((each) => erased.identifier(each)),
    ...spoken.profileIds.map((each) => erased.profileId(each)),
  ];
  const isOld = erasedAt.some((at) => at !== undefined && record.appendedAt <= at + RELAY_MS);
  return isOld ? undefined : { record: renamed, isWithheld: false };
}

function withoutNames(record: StreamedRecord, erased: Erased): StreamedRecord {
  const renamed = (ref: string | null): string | undefined =>
    interactionsNamed(ref ?? '')
      .map((named) => erased.interaction(named))
      .find((erasureId) => erasureId !== undefined);
  const causeRef = renamed(record.headers[HEADER.causeRef] ?? null);
  const headers =
    causeRef === undefined ? record.headers : { ...record.headers, [HEADER.causeRef]: causeRef };
  if (record.topic !== TOPIC.kpiCorrected.name || record.value === null)
    return { ...record, headers };
  const body = bodyOf(record);
  const causes = (body.causes ?? []).map((cause) => ({
    ...cause,
    ref: renamed(cause.ref) ?? cause.ref,
  }));
  const text = JSON.stringify({ ...body, causes });
  return { ...record, headers, value: { toString: () => text } };
}

function refsOf(record: StreamedRecord): string[] {
  const causeRef = record.headers[HEADER.causeRef];
  const own = causeRef === undefined ? [] : [causeRef];
  if (record.topic !== TOPIC.kpiCorrected.name) return own;
  return [...own, ...(bodyOf(record).causes ?? []).flatMap(({ ref }) => ref ?? [])];
}

interface Body {
  readonly profileId?: string;
  readonly formerIds?: readonly string[];
  readonly identifiers?: readonly Identifier[];
  readonly traits?: Readonly<Record<string, NamedInteraction>>;
  readonly interactions?: {
    readonly first?: readonly NamedInteraction[];
    readonly last?: readonly NamedInteraction[];
  };
  readonly causes?: KpiCorrected['causes'];
}

/** What cannot be read names nobody, and is not shown either. */
function bodyOf({ value }: StreamedRecord): Body {
  try {
    return value === null ? {} : (JSON.parse(value.toString('utf8')) as Body);
  } catch {
    return {};
  }
}

function identifiersIn(header: string | undefined): Identifier[] {
  if (header === undefined) return [];
  const pairs = JSON.parse(header) as readonly (readonly [string, string])[];
  return pairs.map(([type, value]) => ({ type, value }));
}
