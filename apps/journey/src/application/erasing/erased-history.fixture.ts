/** Histories in which people were erased, and the same as if these had never been there. */
import fc from 'fast-check';
import {
  ghostOf,
  haunt,
  HEADER,
  recordKey,
  TOPIC,
  type ErasureRequested,
  type Identifier,
} from '#contracts';
import type { LogRecord } from '#event-log';
import {
  logRecord,
  recordsOf,
  TENANT,
  type History,
  type Mapping,
  type Version,
} from '../history.fixture.js';
import { KeyedNames } from './keyed-names.js';

export const ERASURE = 'erasure-1';
export const SECRET = { value: 'a secret of tests' };
/** Nothing else in a history holds these letters. */
export const ERASED_VALUE = 'jane.roe@example.com';
export const JANE: Identifier = { type: 'email', value: ERASED_VALUE };
const OTHER: Identifier = { type: 'userId', value: 'u-1' };

export const names = new KeyedNames(SECRET);
export const nameOf = (identifier: Identifier): string => names.identifier(TENANT, identifier);
const JANES_NAME = nameOf(JANE);
/** The request of the erasure, as far as journey needs it. */
export const REQUEST: ErasureRequested = {
  tenant: TENANT,
  erasureId: ERASURE,
  at: '2027-01-01T00:00:00.000Z',
  part: 1,
  parts: 1,
  interactions: [],
  identifiers: [{ type: JANE.type, name: JANES_NAME }],
  filings: [],
  remains: [],
  calls: [],
};
export const requestRecord = (): LogRecord =>
  logRecord({
    topic: TOPIC.erasureRequested.name,
    key: recordKey(TENANT, ERASURE, 1),
    headers: { [HEADER.tenant]: TENANT },
    value: REQUEST,
  });

export const doneByIdentity = ({ erased }: ErasedHistory): LogRecord =>
  logRecord({
    topic: TOPIC.erasureDone.name,
    key: recordKey(TENANT, ERASURE, 1, 'identity'),
    headers: { [HEADER.tenant]: TENANT },
    value: {
      tenant: TENANT,
      erasureId: ERASURE,
      part: 1,
      service: 'identity',
      at: REQUEST.at,
      stores: { interactions: erased.size },
    },
  });

export const GHOSTS = {
  [JANES_NAME]: ghostOf(ERASURE, { type: JANE.type, name: JANES_NAME }).value,
};

export interface ErasedHistory {
  /** Everything that was ever sent. */
  readonly whole: History;
  /** `source/id` of what is erased. */
  readonly erased: ReadonlySet<string>;
  /** `source/id` of what went by age, and did not come back. */
  readonly expired: ReadonlySet<string>;
  /** Tombstones and refilings. */
  readonly records: readonly LogRecord[];
  /** What it is to come to. */
  readonly left: History;
}

export const refOf = ({ interaction }: Version): string =>
  `${interaction.source}/${interaction.id}`;

/** The revisions of an erasure come after all others of its interaction. */
const LATER = 1_000;
const REFILED = 'r:9';
const MAPPING: Mapping = { filing: REFILED, profileKey: '2', revision: 1 };

/**
 * `picks`: of each interaction by turns, whether it is erased (0), refiled (1), has older versions that carry what is erased (2), or
 * is left alone (3), went by age (4), or did and came back in a later version (5).
 */
export function erasing(history: History, picks: readonly number[]): ErasedHistory {
  const refs = [...new Set(history.versions.map(refOf))];
  const pick = new Map(refs.map((ref, index) => [ref, picks[index % picks.length]]));
  const erased = new Set(refs.filter((ref) => pick.get(ref) === 0));
  const isRefiled = (version: Version): boolean => pick.get(refOf(version)) === 1;
  const newest = new Map(history.versions.map((version) => [refOf(version), version]));
  const wasJanes = (version: Version): boolean =>
    pick.get(refOf(version)) === 2 && newest.get(refOf(version)) !== version;
  const versions = history.versions.map((version) => {
    const isJanes = isRefiled(version) || erased.has(refOf(version)) || wasJanes(version);
    return { ...version, interaction: carrying(version, isJanes ? [OTHER, JANE] : [OTHER]) };
  });
  const last = new Map(versions.map((version) => [refOf(version), version]));
  const winners = [...last.values()];
  const wentByAge = winners.filter((version) => [4, 5].includes(pick.get(refOf(version)) ?? 0));
  const back = wentByAge
    .filter((version) => pick.get(refOf(version)) === 5)
    .map((version) => ({ ...version, contentRevision: LATER + 1 }));
  const expired = new Set(wentByAge.map(refOf));
  const left = versions
    .filter((version) => !erased.has(refOf(version)) && !expired.has(refOf(version)))
    .map((version) => {
      const text = haunt(JSON.stringify(version.interaction), GHOSTS, nameOf);
      const read = { ...version, interaction: JSON.parse(text) as Version['interaction'] };
      if (!isRefiled(version) || last.get(refOf(version)) !== version) return read;
      return { ...read, contentRevision: LATER, filing: REFILED };
    });
  for (const version of back) expired.delete(refOf(version));
  const mappings = [...history.mappings, MAPPING];
  const whole = { ...history, versions: [...versions, ...back], mappings };
  return {
    whole,
    erased,
    expired,
    records: [
      ...winners.filter((version) => erased.has(refOf(version))).map(tombstoneOf),
      ...winners.filter(isRefiled).map(refilingOf),
      ...wentByAge.map(expiryOf),
    ],
    left: { ...whole, versions: [...left, ...back] },
  };
}

function carrying({ interaction }: Version, identifiers: readonly Identifier[]) {
  const isJanes = identifiers.includes(JANE);
  const data = isJanes ? { ...interaction.data, note: `of ${ERASED_VALUE}` } : interaction.data;
  return { ...interaction, identifiers, data };
}

function headersOf({ interaction }: Version): Record<string, string> {
  return {
    [HEADER.tenant]: TENANT,
    [HEADER.interactionSource]: interaction.source,
    [HEADER.interactionId]: interaction.id,
    [HEADER.contentRevision]: String(LATER),
    [HEADER.cause]: 'erasure',
    [HEADER.causeRef]: ERASURE,
  };
}

export function tombstoneOf(version: Version): LogRecord {
  return logRecord({
    topic: TOPIC.interactionIdentified.name,
    key: recordKey(TENANT, '1'),
    headers: headersOf(version),
    value: null,
  });
}

/** What went by age. */
export function expiryOf(version: Version): LogRecord {
  const { headers, ...record } = tombstoneOf(version);
  const reason = { [HEADER.cause]: 'retention', [HEADER.causeRef]: '2026-01-01' };
  return { ...record, headers: { ...headers, ...reason } };
}

export function refilingOf(version: Version): LogRecord {
  return logRecord({
    topic: TOPIC.interactionIdentified.name,
    key: recordKey(TENANT, MAPPING.profileKey),
    headers: {
      ...headersOf(version),
      [HEADER.refiled]: String(version.contentRevision),
      [HEADER.filing]: MAPPING.filing,
      [HEADER.profileKey]: MAPPING.profileKey,
      [HEADER.profileId]: `profile-${MAPPING.profileKey}`,
      [HEADER.filingRevision]: String(MAPPING.revision),
    },
    value: { ghosts: GHOSTS },
  });
}

/** What is counted by the properties comes as often as the rest together. */
const pick = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 5, 5);

export const erasedFrom = (of: fc.Arbitrary<History>): fc.Arbitrary<ErasedHistory> =>
  fc
    .record({
      history: of,
      picks: fc.array(pick, {
        minLength: 1,
        maxLength: 40,
      }),
    })
    .map(({ history, picks }) => erasing(history, picks));

/** Everything in any order, some records twice, in batches. */
export function arrivalOfErased({ whole, records }: ErasedHistory): fc.Arbitrary<LogRecord[][]> {
  const all = [...recordsOf(whole), ...records];
  return fc
    .record({
      repeats: fc.array(fc.nat(all.length - 1), { maxLength: 8 }),
      size: fc.integer({ min: 1, max: 30 }),
    })
    .chain(({ repeats, size }) => {
      const sent = [...all, ...repeats.map((index) => all[index] as LogRecord)];
      return fc.shuffledSubarray([...sent.keys()], { minLength: sent.length }).map((order) => {
        const arriving = order.map((index) => sent[index] as LogRecord);
        return Array.from({ length: Math.ceil(arriving.length / size) }, (_, batch) =>
          arriving.slice(batch * size, (batch + 1) * size),
        );
      });
    });
}
