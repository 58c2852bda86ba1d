/** Every topic, in one place. `libs/event-log` creates them; nothing is created by first use. */
export interface TopicSpec {
  readonly name: string;
  readonly kind: 'log' | 'compacted';
  /** What the record key holds after the tenant. */
  readonly key: string;
  readonly producer: 'ingestion' | 'identity' | 'journey' | 'metrics' | 'every service';
  readonly retentionMs: number;
}

const DAY_MS = 86_400_000;
export const LOG_RETENTION_MS = 30 * DAY_MS;
/** How long tombstones stay readable on compacted topics. */
export const TOMBSTONE_RETENTION_MS = 30 * DAY_MS;
export const DEFAULT_PARTITIONS = 4;

const log = (name: string, key: string, producer: TopicSpec['producer']): TopicSpec => ({
  name: `touchline.${name}.v1`,
  kind: 'log',
  key,
  producer,
  retentionMs: LOG_RETENTION_MS,
});
const compacted = (name: string, key: string, producer: TopicSpec['producer']): TopicSpec => ({
  name: `touchline.${name}.v1`,
  kind: 'compacted',
  key,
  producer,
  retentionMs: TOMBSTONE_RETENTION_MS,
});

export const TOPIC = {
  interactionAccepted: log(
    'interaction.accepted',
    'strongest identifier, else conversation, else source and id',
    'ingestion',
  ),
  interactionRejected: log('interaction.rejected', 'rejection id', 'ingestion'),
  interactionIdentified: log('interaction.identified', 'profile key', 'identity'),
  filingMoved: compacted('filing.moved', 'filing', 'identity'),
  profileChanged: compacted('profile.changed', 'profile key', 'identity'),
  journeySession: compacted('journey.session', 'fact id', 'journey'),
  journeyContact: compacted('journey.contact', 'fact id', 'journey'),
  journeyOrder: compacted('journey.order', 'fact id', 'journey'),
  journeySurvey: compacted('journey.survey', 'fact id', 'journey'),
  journeyInvitation: compacted('journey.invitation', 'fact id', 'journey'),
  journeyIssue: compacted('journey.issue', 'fact id', 'journey'),
  journeyCart: compacted('journey.cart', 'fact id', 'journey'),
  journeyPromise: compacted('journey.promise', 'fact id', 'journey'),
  journeyStage: compacted('journey.stage', 'fact id', 'journey'),
  journeySelfservice: compacted('journey.selfservice', 'fact id', 'journey'),
  kpiUpdated: compacted('kpi.updated', 'kpi, version, bucket start, dimensions', 'metrics'),
  kpiCorrected: log('kpi.corrected', 'kpi, version, bucket start, dimensions', 'metrics'),
  tenantChanged: compacted('tenant.changed', 'tenant', 'ingestion'),
  sourceChanged: compacted('source.changed', 'source', 'ingestion'),
  erasureRequested: compacted('erasure.requested', 'erasure, part', 'identity'),
  erasureDone: compacted('erasure.done', 'erasure, part, service', 'every service'),
} as const satisfies Record<string, TopicSpec>;

export const TOPICS: readonly TopicSpec[] = Object.values(TOPIC);
