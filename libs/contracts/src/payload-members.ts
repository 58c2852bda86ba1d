/** The members of every payload in words, held to the interfaces by the compiler: for the reference and for the fixtures. */
import { FACT_TOPIC, type Fact } from './fact.js';
import type { Interaction } from './interaction.js';
import type {
  ErasureDone,
  ErasureRequested,
  FilingMoved,
  KpiBucket,
  KpiCorrected,
  KpiUpdated,
  ProfileChanged,
  SourceChanged,
  TenantChanged,
} from './payloads.js';
import { TOPIC } from './topics.js';

type Members<Payload> = Readonly<Record<keyof Payload, string>>;

const INTERACTION: Members<Interaction> = {
  tenant: 'tenant',
  source: 'system that sent it',
  id: 'unique within its source',
  type: 'interaction type',
  channel: 'channel',
  occurredAt: 'when it happened, after clock correction',
  receivedAt: 'when ingestion took it',
  sentAt: 'what the clock of the sender read when it sent; optional',
  identifiers: 'normalised `{type, value}`, in the order given',
  conversation: 'own, or `<kind>:<id>` from a reference in the data; optional',
  direction: 'inbound, outbound, internal; optional',
  topic: 'what it was about; optional',
  touchpoint: 'where on the channel; optional',
  stage: 'lifecycle stage, own or by type; optional',
  agent: 'optional dimension',
  queue: 'optional dimension',
  product: 'optional dimension',
  campaign: 'optional dimension',
  store: 'optional dimension',
  data: 'members of the type, as posted',
  version: 'a higher one replaces a lower one',
  withdrawn: 'true: this version has no effect; optional',
  flags: 'what ingestion noticed; optional',
  original:
    'pointer → value as posted, where normalisation changed or dropped it; `+` lists what it added; optional',
};

const FACT: Members<Fact> = {
  tenant: 'tenant',
  kind: 'fact kind',
  id: 'hash of tenant, kind and natural key',
  revision: 'the newest is the whole truth',
  profileId: 'public profile id at the last write; it resolves for ever',
  from: 'first instant',
  to: 'last instant',
  at: 'the instant at which it counts',
  dims: 'dimensions; absent members are absent',
  measures: 'integers: ms, counts, 0/1, money in 1/10,000; absent = not known',
  interactions: '`{count, first, last}` of `{source, id}`',
  status: 'provisional or final',
  finalAt: 'when a provisional one becomes final; optional',
};

const FILING_MOVED: Members<FilingMoved> = {
  tenant: 'tenant',
  filing: 'filing id',
  anchor: 'identifier that it is filed under',
  profileKey: 'stable internal key, decimal text',
  profileId: 'public profile id',
  revision: 'the newest is the whole truth',
};

const PROFILE_CHANGED: Members<ProfileChanged> = {
  tenant: 'tenant',
  profileKey: 'stable internal key, decimal text',
  profileId: 'public profile id',
  revision: 'the newest is the whole truth',
  formerIds: 'other ids that resolve to it, at most 1,000',
  identifiers: '`{type, value, standing, firstSeen}`, at most 1,000',
  identifierCount: 'all of them',
  traits: 'name → `{value, at, source, id}`, the newest of each',
  consents: 'purpose → `{granted, at}`',
  segments: '`segment` traits with their instants, oldest first, at most 100',
};

const TENANT_CHANGED: Members<TenantChanged> = {
  tenant: 'tenant',
  revision: 'the newest is the whole truth',
  settings:
    '`{zone, region, serviceLevelMs, shortAbandonMs, issueWindowDays, sessionInactivityMs, retentionDays, retentionStartsAt, limits}`',
  keys: '`{keyId, name, hash, scopes, sources, createdAt, limits}`',
};

const SOURCE_CHANGED: Members<SourceChanged> = {
  tenant: 'tenant',
  source: 'name',
  revision: 'the newest is the whole truth',
  region: 'default region of phone numbers; optional',
  description: 'optional',
};

const KPI_BUCKET: Members<KpiBucket> = {
  tenant: 'tenant',
  kpi: 'name',
  version: 'of the definition',
  unit: 'count, money, share, points, ms, score',
  bucketStart: 'start of a local hour',
  dims: 'dimension → value',
};

const KPI_UPDATED: Members<KpiUpdated> = {
  ...KPI_BUCKET,
  bucketEnd: 'not included',
  value: 'number, a decimal string for money; null when n = 0',
  n: 'denominator',
  numerator: 'like value',
  interval: '`{low, high}`, 95 %, or null',
  provisional: 'something provisional counts in it',
  publishedAt: 'when it went out',
};

const KPI_CORRECTED: Members<KpiCorrected> = {
  ...KPI_BUCKET,
  old: '`{value, n, numerator, provisional}` of the publication before',
  new: 'the same of this one',
  at: 'when it went out',
  causes: '`{cause, ref, count}`, the most frequent first; what is not named counts under `others`',
};

const ERASURE_REQUESTED: Members<ErasureRequested> = {
  tenant: 'tenant',
  erasureId: 'names the erasure',
  at: 'what was received up to then is erased',
  part: 'from 1',
  parts: 'how many there are',
  interactions: 'keyed hashes of (source, id), dropped for ever',
  identifiers: '`{type, name}`, by keyed name, taken out of everything else',
  filings: 'ids of the filings that the interactions were in',
  remains:
    '`{filing, unit, isShared, members, firstAt, lastAt}`: evidence without interactions, by keyed name',
  calls: '`{callId, kind, a, b, at}`: calls about the erased, by keyed name',
};

const ERASURE_DONE: Members<ErasureDone> = {
  tenant: 'tenant',
  erasureId: 'names the erasure',
  part: 'of the request',
  service: 'which is through with it',
  at: 'when it was',
  stores: 'store → rows erased or rewritten',
};

const REJECTION = {
  rejectionId: 'hash of tenant, request and index',
  tenant: 'tenant',
  source: 'when it could be read; optional',
  id: 'when it could be read; optional',
  receivedAt: 'when ingestion took it',
  code: 'of the closed list',
  pointer: 'JSON pointer into what was posted',
  detail: 'what is allowed there',
  raw: 'JSON text as posted, cut beyond 128 K characters',
  format: 'how `raw` is to be read when it is a CloudEvent; optional',
  derivedId: 'the id of a replay that has none of its own; optional',
};

/** Topic → members of its value. */
export const PAYLOAD_MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [TOPIC.interactionAccepted.name]: INTERACTION,
  [TOPIC.interactionRejected.name]: REJECTION,
  [TOPIC.interactionIdentified.name]: INTERACTION,
  [TOPIC.filingMoved.name]: FILING_MOVED,
  [TOPIC.profileChanged.name]: PROFILE_CHANGED,
  ...Object.fromEntries(Object.values(FACT_TOPIC).map((topic) => [topic, FACT])),
  [TOPIC.kpiUpdated.name]: KPI_UPDATED,
  [TOPIC.kpiCorrected.name]: KPI_CORRECTED,
  [TOPIC.erasureRequested.name]: ERASURE_REQUESTED,
  [TOPIC.erasureDone.name]: ERASURE_DONE,
  [TOPIC.tenantChanged.name]: TENANT_CHANGED,
  [TOPIC.sourceChanged.name]: SOURCE_CHANGED,
};

/** Optional members say so in their last word. */
export function isOptionalMember(description: string): boolean {
  return description.startsWith('optional') || description.endsWith('optional');
}
