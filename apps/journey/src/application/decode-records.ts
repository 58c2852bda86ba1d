import {
  CAUSES,
  DEFAULT_SETTINGS,
  FACT_TOPIC,
  HEADER,
  TOPIC,
  parseInstant,
  splitRecordKey,
  type Cause,
  type FilingMoved,
  type Interaction,
  type ProfileChanged,
  type RefiledBody,
  type TenantChanged,
} from '#contracts';
import type { LogRecord } from '#event-log';
import { Fault, invariant } from '#kernel';
import type { DeadLetter } from '#storage';
import { isSequential, keyedFactIds } from '../domain/derive.js';
import type { Refiling, Tombstone } from '../domain/erasure.js';
import type { FilingClaim } from '../domain/filing.js';
import type { ProfileNews } from '../domain/profile.js';
import type { Content } from '../domain/version-choice.js';
import type { Arrival, ThresholdsNews } from './ports.js';

/** The topics of the one consumer group of this service. Revisions decide: no order across topics is assumed. */
export const JOURNEY_GROUP = 'journey';
export const JOURNEY_TOPICS: readonly string[] = [
  TOPIC.interactionIdentified.name,
  TOPIC.filingMoved.name,
  TOPIC.profileChanged.name,
  TOPIC.tenantChanged.name,
];

const DAY_MS = 86_400_000;

export interface Claim extends FilingClaim {
  readonly profileId: string;
  /** Why a move happened, when the record says so. */
  readonly cause: Cause | undefined;
  /** What caused it: a call, a version of the rules. */
  readonly causeRef: string | undefined;
}

export interface DecodedBatch {
  readonly arrivals: readonly Arrival[];
  readonly claims: readonly Claim[];
  readonly news: readonly ProfileNews[];
  readonly tombstones: readonly Tombstone[];
  readonly refilings: readonly Refiling[];
  readonly thresholds: readonly ThresholdsNews[];
  readonly deadLetters: readonly DeadLetter[];
}

type ChangedProfile = Extract<ProfileNews, { kind: 'changed' }>;

interface Found {
  readonly arrival?: Arrival;
  readonly claim?: Claim;
  readonly news?: ProfileNews;
  readonly tombstone?: Tombstone;
  readonly refiling?: Refiling;
  readonly thresholds?: ThresholdsNews;
}

/** A record that cannot be read is set aside; its neighbours go on. */
export function decodeRecords(records: readonly LogRecord[]): DecodedBatch {
  const arrivals: Arrival[] = [];
  const claims: Claim[] = [];
  const news: ProfileNews[] = [];
  const tombstones: Tombstone[] = [];
  const refilings: Refiling[] = [];
  const thresholds: ThresholdsNews[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const record of records) {
    try {
      const found = decode(record);
      if (found.arrival) arrivals.push(found.arrival);
      if (found.claim) claims.push(found.claim);
      if (found.news) news.push(found.news);
      if (found.tombstone) tombstones.push(found.tombstone);
      if (found.refiling) refilings.push(found.refiling);
      if (found.thresholds) thresholds.push(found.thresholds);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      deadLetters.push({ record, code: 'undecodable', detail });
    }
  }
  return { arrivals, claims, news, tombstones, refilings, thresholds, deadLetters };
}

function decode(record: LogRecord): Found {
  switch (record.topic) {
    case TOPIC.interactionIdentified.name:
      return identified(record);
    case TOPIC.filingMoved.name:
      return record.value === null ? {} : { claim: moved(record, json<FilingMoved>(record)) };
    case TOPIC.profileChanged.name:
      return {
        news:
          record.value === null
            ? gone(record)
            : changed(json<ProfileChanged>(record), record.value),
      };
    case TOPIC.tenantChanged.name:
      return record.value === null ? {} : { thresholds: settled(json<TenantChanged>(record)) };
    default:
      throw new Fault('undecodable', `nothing here reads ${record.topic}`);
  }
}

function identified(record: LogRecord): Found {
  if (record.value === null) return { tombstone: erased(record) };
  if (record.headers[HEADER.refiled] !== undefined) return refiled(record);
  const interaction = json<Interaction>(record);
  const { tenant, source, id } = interaction;
  invariant(
    [tenant, source, id].every((part) => typeof part === 'string' && part !== ''),
    'an identified record names its interaction',
  );
  invariant(
    typeof interaction.data === 'object' && interaction.data !== null,
    'an interaction has data',
  );
  const claim = claimed(record, tenant);
  const contentRevision = headersOf(record).count(HEADER.contentRevision);
  const { filing } = claim;
  return { arrival: arrivalOf(interaction, record.value, { contentRevision, filing }), claim };
}

/** A version of an interaction, wherever its bytes come from. */
export function arrivalOf(
  interaction: Interaction,
  body: Buffer,
  { contentRevision, filing }: Pick<Arrival, 'contentRevision' | 'filing'>,
): Arrival {
  const { tenant, source, id, version } = interaction;
  return {
    tenant,
    source,
    id,
    interaction,
    body,
    occurredAt: instant(interaction.occurredAt),
    receivedAt: instant(interaction.receivedAt),
    version,
    withdrawn: interaction.withdrawn === true,
    contentRevision,
    filing,
    factIds: keyedFactIds(interaction),
    isSequential: isSequential(interaction),
  };
}

function claimed(record: LogRecord, tenant: string): Claim {
  const header = headersOf(record);
  return {
    tenant,
    filing: header.text(HEADER.filing),
    profileKey: header.key(HEADER.profileKey),
    profileId: header.text(HEADER.profileId),
    revision: header.count(HEADER.filingRevision),
    cause: undefined,
    causeRef: undefined,
  };
}

/** Nothing of it is left but its name, and the revision that outdoes every other. */
function erased(record: LogRecord): Tombstone {
  const content = contentOf(record);
  const isByAge = record.headers[HEADER.cause] === 'retention';
  return {
    ...content,
    erasureId: headersOf(record).text(HEADER.causeRef),
    until: isByAge ? content.contentRevision : undefined,
  };
}

function refiled(record: LogRecord): Found {
  const content = contentOf(record);
  const { ghosts } = json<RefiledBody>(record);
  const header = headersOf(record);
  invariant(
    typeof ghosts === 'object' &&
      ghosts !== null &&
      Object.values(ghosts).every((ghost) => typeof ghost === 'string'),
    'a refiled body names its ghosts',
  );
  const claim = claimed(record, content.tenant);
  const { filing, profileKey, profileId, revision: filingRevision } = claim;
  const about = header.count(HEADER.refiled);
  invariant(about < content.contentRevision, 'a refiled body has a higher revision than before');
  const erasureId = header.text(HEADER.causeRef);
  const refiling = { ...content, about, filing, profileKey, profileId, filingRevision };
  return { refiling: { ...refiling, ghosts, erasureId }, claim };
}

function contentOf(record: LogRecord): Content {
  const header = headersOf(record);
  return {
    tenant: header.text(HEADER.tenant),
    source: header.text(HEADER.interactionSource),
    id: header.text(HEADER.interactionId),
    contentRevision: header.count(HEADER.contentRevision),
  };
}

function moved(record: LogRecord, value: FilingMoved): Claim {
  const { tenant, filing, profileId, revision } = value;
  const cause = CAUSES.find((each) => each === record.headers[HEADER.cause]);
  const isWhole =
    [tenant, filing, profileId].every((part) => typeof part === 'string') &&
    Number.isSafeInteger(revision);
  invariant(isWhole, 'a moved filing names itself, its profile and a revision');
  const causeRef = record.headers[HEADER.causeRef];
  const key = profileKey(value.profileKey);
  return { tenant, filing, profileKey: key, profileId, revision, cause, causeRef };
}

/** What a kept record told. */
export function readPortrait(body: Buffer): ChangedProfile {
  return changed(JSON.parse(body.toString('utf8')) as ProfileChanged, body);
}

function changed(value: ProfileChanged, body: Buffer): ChangedProfile {
  const { tenant, profileId, revision, formerIds, segments } = value;
  invariant(
    typeof profileId === 'string' && Number.isSafeInteger(revision),
    'a changed profile has an id and a revision',
  );
  return {
    kind: 'changed',
    tenant,
    profileKey: profileKey(value.profileKey),
    profileId,
    revision,
    formerIds: [...new Set(formerIds)].sort(),
    segments: segments.map(({ value: segment, at }) => ({ value: segment, at: instant(at) })),
    body,
  };
}

function gone(record: LogRecord): ProfileNews {
  const [tenant, key] = splitRecordKey(record.key);
  invariant(tenant !== undefined, 'a record key starts with the tenant');
  return {
    kind: 'gone',
    tenant,
    profileKey: profileKey(key),
    revision: headersOf(record).count(HEADER.revision),
    isErased: record.headers[HEADER.cause] === 'erasure',
  };
}

/** Records of before have not all settings. */
function settled({ tenant, revision, settings }: TenantChanged): ThresholdsNews {
  const { issueWindowDays, sessionInactivityMs } = { ...DEFAULT_SETTINGS, ...settings };
  const isWhole =
    typeof tenant === 'string' &&
    [revision, issueWindowDays, sessionInactivityMs].every(Number.isSafeInteger);
  invariant(isWhole, 'a changed tenant has a name, a revision and settings');
  const issueWindowMs = issueWindowDays * DAY_MS;
  return { tenant, revision, thresholds: { issueWindowMs, sessionInactivityMs } };
}

function json<Value extends object>(record: LogRecord): Value {
  const value: unknown = JSON.parse(record.value?.toString('utf8') ?? '');
  invariant(typeof value === 'object' && value !== null, 'the value is a JSON object');
  return value as Value;
}

function headersOf(record: LogRecord) {
  const text = (name: string): string => {
    const value = record.headers[name];
    invariant(value !== undefined && value !== '', `the header ${name} is there`);
    return value;
  };
  const count = (name: string): number => {
    const number = Number(text(name));
    invariant(Number.isSafeInteger(number) && number >= 0, `the header ${name} is a count`);
    return number;
  };
  return { text, count, key: (name: string) => profileKey(text(name)) };
}

function profileKey(value: unknown): string {
  invariant(
    typeof value === 'string' && /^-?\d{1,18}$/.test(value),
    'a profile key is decimal text',
  );
  return value;
}

function instant(value: unknown): number {
  const at = typeof value === 'string' ? parseInstant(value) : undefined;
  invariant(at !== undefined, 'an instant is RFC 3339');
  return at;
}

/** Topics that this service writes to. */
export const FACT_TOPICS: readonly string[] = Object.values(FACT_TOPIC);
