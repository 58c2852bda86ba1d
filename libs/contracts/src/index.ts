export { CHANNELS, CONTRACT_VERSION, DIRECTIONS, STAGES } from './interaction.js';
export type { Channel, Direction, Identifier, Interaction, InteractionFlag, Stage } from './interaction.js';
export { HEADER } from './record-headers.js';
export type { InteractionDims } from './record-headers.js';
export { DEFAULT_PARTITIONS, LOG_RETENTION_MS, TOMBSTONE_RETENTION_MS, TOPIC, TOPICS } from './topics.js';
export type { TopicSpec } from './topics.js';
export { CAUSES, FACT_DIMENSIONS, FACT_KINDS, FACT_TOPIC } from './fact.js';
export type { Cause, Fact, FactDimension, FactDims, FactKind, FactMeasures, InteractionRef } from './fact.js';
export { DEFAULT_SETTINGS } from './payloads.js';
export type {
  ApiKeyEntry, FilingMoved, KeyScope, ProfileChanged, ProfileIdentifier, SourceChanged, Standing, TenantChanged, TenantSettings,
} from './payloads.js';
export { recordKey, splitRecordKey } from './record-key.js';
export { ERRORS } from './errors.js';
export type { ErrorCode, ErrorSpec } from './errors.js';
