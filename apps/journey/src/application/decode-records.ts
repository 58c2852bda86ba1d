import {
  CAUSES,
  FACT_TOPIC,
  HEADER,
  TOPIC,
  parseInstant,
  splitRecordKey,
  type Cause,
  type FilingMoved,
  type Interaction,
  type ProfileChanged,
} from '#contracts';
import type { LogRecord } from '#event-log';
import { Fault, invariant } from '#kernel';
import type { DeadLetter } from '#storage';
import { isSequential, keyedFactIds } from '../domain/derive.js';
import type { FilingClaim } from '../domain/filing.js';
import type { ProfileNews } from '../domain/profile.js';
import type { Arrival } from './ports.js';

/** The topics of the one consumer group of this service. Revisions decide: no order across topics is assumed. */
export const JOURNEY_GROUP = 'journey';
export const JOURNEY_TOPICS: readonly string[] = [
  TOPIC.interactionIdentified.name,
  TOPIC.filingMoved.name,
  TOPIC.profileChanged.name,
];

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
  readonly deadLetters: readonly DeadLetter[];
}

interface Found {
  readonly arrival?: Arrival;
  readonly claim?: Claim;
  readonly news?: ProfileNews;
}

/** A record that cannot be read is set aside; its neighbours go on. */
export function decodeRecords(records: readonly LogRecord[]): DecodedBatch {
  const arrivals: Arrival[] = [];
  const claims: Claim[] = [];
  const news: ProfileNews[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const record of records) {
    try {
      const found = decode(record);
      if (found.arrival) arrivals.push(found.arrival);
      if (found.claim) claims.push(found.claim);
      if (found.news) news.push(found.news);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      deadLetters.push({ record, code: 'undecodable', detail });
    }
  }
  return { arrivals, claims, news, deadLetters };
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
    default:
      throw new Fault('undecodable', `nothing here reads ${record.topic}`);
  }
}

function identified(record: LogRecord): Found {
  const interaction = json<Interaction>(record);
  const header = headersOf(record);
  const body = record.value;
  const { tenant, source, id } = interaction;
  invariant(
    body !== null && [tenant, source, id].every((part) => typeof part === 'string' && part !== ''),
    'an identified record names its interaction',
  );
  invariant(
    typeof interaction.data === 'object' && interaction.data !== null,
    'an interaction has data',
  );
  const filing = header.text(HEADER.filing);
  const claim = {
    tenant,
    filing,
    profileKey: header.key(HEADER.profileKey),
    profileId: header.text(HEADER.profileId),
    revision: header.count(HEADER.filingRevision),
    cause: undefined,
    causeRef: undefined,
  };
  const factIds = keyedFactIds(interaction);
  const arrival = {
    tenant,
    source,
    id,
    interaction,
    body,
    occurredAt: instant(interaction.occurredAt),
    receivedAt: instant(interaction.receivedAt),
    version: interaction.version,
    withdrawn: interaction.withdrawn === true,
    contentRevision: header.count(HEADER.contentRevision),
    filing,
    factIds,
    isSequential: isSequential(interaction),
  };
  return { arrival, claim };
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

function changed(value: ProfileChanged, body: Buffer): ProfileNews {
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
  };
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
