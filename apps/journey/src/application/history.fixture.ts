import fc from 'fast-check';
import {
  formatInstant,
  HEADER,
  recordKey,
  TOPIC,
  type Channel,
  type Interaction,
} from '#contracts';
import type { LogRecord, RecordBatch } from '#event-log';
import type { NaiveHistory } from '../domain/naive-derivation.fixture.js';

export const TENANT = 'default';
/** 2026-03-01T00:00:00Z */
export const START = 1_772_323_200_000;
const MINUTE = 60_000;

export interface Version {
  readonly interaction: Interaction;
  readonly filing: string;
  readonly contentRevision: number;
  /** Which of the filing's revisions the identity service knew when it sent this. */
  readonly knownRevision: number;
}

export interface Mapping {
  readonly filing: string;
  readonly profileKey: string;
  readonly revision: number;
}

export interface ProfileVersion {
  readonly profileKey: string;
  readonly revision: number;
  readonly isGone: boolean;
  readonly segments: readonly { value: string; at: number }[];
}

/** Everything that ever happened, without an order of arrival. */
export interface History {
  readonly versions: readonly Version[];
  readonly mappings: readonly Mapping[];
  readonly profiles: readonly ProfileVersion[];
}

let offset = 0;
export function logRecord(record: {
  topic: string;
  key: string;
  headers: Record<string, string>;
  value: unknown;
}): LogRecord {
  const value = record.value === null ? null : Buffer.from(JSON.stringify(record.value));
  return {
    topic: record.topic,
    key: record.key,
    headers: record.headers,
    value,
    partition: 0,
    offset: offset++,
    appendedAt: 0,
  };
}

export function identifiedRecord(version: Version, mapping: Mapping): LogRecord {
  const { interaction, filing, contentRevision } = version;
  return logRecord({
    topic: TOPIC.interactionIdentified.name,
    key: recordKey(interaction.tenant, mapping.profileKey),
    headers: {
      [HEADER.filing]: filing,
      [HEADER.profileKey]: mapping.profileKey,
      [HEADER.profileId]: `profile-${mapping.profileKey}`,
      [HEADER.filingRevision]: String(mapping.revision),
      [HEADER.contentRevision]: String(contentRevision),
    },
    value: interaction,
  });
}

export function movedRecord({ filing, profileKey, revision }: Mapping): LogRecord {
  const value = {
    tenant: TENANT,
    filing,
    anchor: 'a',
    profileKey,
    profileId: `profile-${profileKey}`,
    revision,
  };
  return logRecord({
    topic: TOPIC.filingMoved.name,
    key: recordKey(TENANT, filing),
    headers: {},
    value,
  });
}

export function profileRecord({
  profileKey,
  revision,
  isGone,
  segments,
}: ProfileVersion): LogRecord {
  const value = {
    tenant: TENANT,
    profileKey,
    profileId: `profile-${profileKey}`,
    revision,
    formerIds: [`former-${profileKey}-${revision}`],
    identifiers: [],
    identifierCount: 0,
    traits: {},
    consents: {},
    segments: segments.map((segment) => ({ ...segment, at: formatInstant(segment.at) })),
  };
  const headers = { [HEADER.revision]: String(revision) };
  return logRecord({
    topic: TOPIC.profileChanged.name,
    key: recordKey(TENANT, profileKey),
    headers,
    value: isGone ? null : value,
  });
}

export function recordsOf(history: History): LogRecord[] {
  const mappingAt = (version: Version) => {
    const mappings = history.mappings.filter(({ filing }) => filing === version.filing);
    return mappings[version.knownRevision % mappings.length] as Mapping;
  };
  return [
    ...history.versions.map((version) => identifiedRecord(version, mappingAt(version))),
    ...history.mappings.map(movedRecord),
    ...history.profiles.map(profileRecord),
  ];
}

export function batchOf(records: readonly LogRecord[]): RecordBatch {
  return { group: 'journey', incarnation: 'test', records };
}

/** What the history comes to, whatever the order of arrival. */
export function naiveHistory(history: History, watermark: number): NaiveHistory {
  const newest = <Item>(
    items: readonly Item[],
    name: (item: Item) => string,
    revision: (item: Item) => number,
  ) => {
    const sorted = [...items].sort((a, b) => revision(a) - revision(b));
    return new Map(sorted.map((item) => [name(item), item]));
  };
  const keys = newest(
    history.mappings,
    (item) => item.filing,
    (item) => item.revision,
  );
  const winners = newest(
    history.versions,
    ({ interaction }) => `${interaction.source}/${interaction.id}`,
    (item) => item.contentRevision,
  );
  const profiles = newest(
    history.profiles,
    (item) => item.profileKey,
    (item) => item.revision,
  );
  const segments = new Map(
    [...profiles.values()].map((item) => [item.profileKey, item.isGone ? [] : item.segments]),
  );
  const entries = [...winners.values()]
    .filter(({ interaction }) => !interaction.withdrawn)
    .map(({ interaction, filing }) => ({
      interaction,
      profileKey: keys.get(filing)?.profileKey ?? '',
    }));
  return { entries, segments, watermark };
}

type Kind = readonly [type: string, channel: Channel, data: Readonly<Record<string, unknown>>];
const KINDS: readonly Kind[] = [
  ['page.viewed', 'web', {}],
  ['page.viewed', 'web', {}],
  ['product.viewed', 'mobile', {}],
  [
    'order.placed',
    'web',
    { orderId: 'o1', value: '10.50', currency: 'EUR', items: [{ quantity: 2 }, {}] },
  ],
  ['order.placed', 'web', { value: 7, currency: 'EUR' }],
  ['order.cancelled', 'other', { orderId: 'o1' }],
  ['refund.issued', 'billing', { orderId: 'o1', value: '2.25', currency: 'EUR' }],
  ['store.purchased', 'store', { receiptId: 'r1', value: '3', currency: 'USD' }],
  ['store.returned', 'store', { receiptId: 'r1', value: '1', currency: 'USD' }],
  ['call.queued', 'phone', {}],
  ['call.answered', 'phone', { waitMs: 4000 }],
  ['call.abandoned', 'phone', {}],
  ['call.ended', 'phone', { talkMs: 60_000, holdMs: 500, wrapUpMs: 100 }],
  [
    'call.recorded',
    'phone',
    { waitMs: 1, talkMs: 2, holdMs: 3, wrapUpMs: 4, disposition: 'answered' },
  ],
  ['email.received', 'email', {}],
  ['email.sent', 'email', {}],
  ['case.resolved', 'email', {}],
  ['survey.answered', 'email', { instrument: 'nps', score: 9 }],
  ['survey.answered', 'email', { instrument: 'csat', score: 2, polarity: 'negative' }],
  ['survey.answered', 'email', { instrument: 'ces', score: 12 }],
  ['x-custom', 'other', {}],
  ['cart.updated', 'web', { value: '12.50', currency: 'EUR' }],
  ['cart.updated', 'mobile', { cartId: 'k' }],
  ['selfservice.completed', 'self-service', { flow: 'ivr' }],
  ['selfservice.failed', 'self-service', { flow: 'ivr', escalated: true }],
  ['survey.invited', 'email', { instrument: 'nps', about: 'talk-1' }],
  ['case.opened', 'phone', { caseId: '1' }],
  ['promise.made', 'phone', { promiseId: 'p', dueAt: '2026-03-01T06:00:00Z' }],
  ['promise.made', 'phone', { promiseId: 'p', dueAt: '2026-03-02T00:00:00Z' }],
  ['promise.kept', 'email', { promiseId: 'p' }],
  ['promise.cancelled', 'email', { promiseId: 'p' }],
];

const instant = fc.oneof(
  // a coarse grid: equal instants and gaps of exactly 30 minutes are common
  {
    weight: 4,
    arbitrary: fc.integer({ min: 0, max: 24 }).map((step) => START + step * 10 * MINUTE),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 60 }).map((step) => START + step * 30 * MINUTE),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 3 * 24 * 60 * MINUTE }).map((ms) => START + ms),
  },
);

const contentOf = (kind: fc.Arbitrary<Kind>) =>
  fc.record({
    kind,
    at: instant,
    conversation: fc.option(fc.constantFrom('talk-1', 'talk-2'), { nil: undefined }),
    direction: fc.constantFrom('inbound', 'inbound', 'outbound', undefined),
    campaign: fc.option(fc.constantFrom('spring', 'autumn'), { nil: undefined }),
    withdrawn: fc.integer({ min: 0, max: 7 }).map((number) => number === 0),
    filing: fc.constantFrom('c:1', 'c:2', 's:3', 's:4', 'i:5'),
    knownRevision: fc.nat(3),
  });

const content = contentOf(fc.constantFrom(...KINDS));
const busyContent = contentOf(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...KINDS.slice(0, 3)) },
    { weight: 1, arbitrary: fc.constantFrom(...KINDS) },
  ),
);

type Content = typeof content extends fc.Arbitrary<infer Value> ? Value : never;

function versionOf(
  name: { source: string; id: string },
  made: Content,
  number: number,
): Omit<Version, 'contentRevision'> {
  const [type, channel, data] = made.kind;
  const interaction: Interaction = {
    tenant: TENANT,
    ...name,
    type,
    channel,
    occurredAt: formatInstant(made.at),
    receivedAt: formatInstant(made.at + MINUTE),
    identifiers: [],
    ...(made.conversation && { conversation: made.conversation }),
    ...(made.direction && { direction: made.direction as 'inbound' | 'outbound' }),
    ...(made.campaign && { campaign: made.campaign }),
    data,
    version: number,
    ...(made.withdrawn && { withdrawn: true as const }),
  };
  return { interaction, filing: made.filing, knownRevision: made.knownRevision };
}

interface Made {
  readonly name: { readonly source: string; readonly id: string };
  readonly content: Content;
}

function versionsOf(
  made: fc.Arbitrary<Made>,
  lengths: { minLength: number; maxLength: number },
): fc.Arbitrary<Version[]> {
  return fc.array(made, lengths).map((all) =>
    all.map(({ name, content: each }, index) => ({
      ...versionOf(name, each, index),
      contentRevision: index + 1,
    })),
  );
}

const versions = versionsOf(
  fc.record({
    name: fc.record({
      source: fc.constantFrom('shop', 'desk', '\u{1f6d2}', '\uffee'),
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    }),
    content,
  }),
  { minLength: 1, maxLength: 40 },
);

const mappings = fc
  .record(
    Object.fromEntries(
      ['c:1', 'c:2', 's:3', 's:4', 'i:5'].map((filing) => [
        filing,
        fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 3 }),
      ]),
    ),
  )
  .map((made) =>
    Object.entries(made).flatMap(([filing, keys]) =>
      keys.map((profileKey, index) => ({ filing, profileKey, revision: index + 1 })),
    ),
  );

const segmentList = fc
  .array(fc.record({ value: fc.constantFrom('gold', 'blue'), at: instant }), { maxLength: 3 })
  .map((list) => {
    const byInstant = new Map(list.map((segment) => [segment.at, segment]));
    return [...byInstant.values()].sort((a, b) => a.at - b.at);
  });
const profileVersions = fc
  .record(
    Object.fromEntries(
      ['1', '2', '3'].map((key) => [
        key,
        fc.array(
          fc.record({
            segments: segmentList,
            isGone: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      ]),
    ),
  )
  .map((made) =>
    Object.entries(made).flatMap(([profileKey, list]) =>
      list.map((each, index) => ({ profileKey, revision: index + 1, ...each })),
    ),
  );

export const histories: fc.Arbitrary<History> = fc.record({
  versions,
  mappings,
  profiles: profileVersions,
});

/** Long timelines, mostly of one visit after the other: up to 120 interactions on three profiles. */
export const busyHistories: fc.Arbitrary<History> = fc.record({
  versions: versionsOf(
    fc.record({
      name: fc.record({
        source: fc.constantFrom('shop', 'desk'),
        id: fc.integer({ min: 0, max: 99 }).map(String),
      }),
      content: busyContent,
    }),
    { minLength: 30, maxLength: 120 },
  ),
  mappings,
  profiles: profileVersions,
});

/** An order of arrival: shuffled, some records twice, cut into batches. */
export const arrivalOf = (history: History): fc.Arbitrary<LogRecord[][]> => {
  const records = recordsOf(history);
  return fc
    .record({
      order: fc
        .array(fc.nat(records.length - 1), { minLength: 0, maxLength: 8 })
        .chain((repeats) =>
          fc.shuffledSubarray(
            [...records.keys(), ...repeats.map((index) => records.length + index)],
            { minLength: records.length + repeats.length },
          ),
        ),
      size: fc.integer({ min: 1, max: 30 }),
    })
    .map(({ order, size }) => {
      const arriving = order.map((index) => records[index % records.length] as LogRecord);
      return Array.from({ length: Math.ceil(arriving.length / size) }, (_, batch) =>
        arriving.slice(batch * size, (batch + 1) * size),
      );
    });
};
