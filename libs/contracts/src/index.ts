export { CHANNELS, CONTRACT_VERSION, DIRECTIONS, STAGES } from './interaction.js';
export type {
  Channel,
  Direction,
  Identifier,
  Interaction,
  InteractionFlag,
  Stage,
} from './interaction.js';
export {
  INTERACTION_TYPES,
  REFERENCES,
  TYPE_GROUPS,
  interactionType,
  isDigital,
  referenceConversation,
} from './interaction-types.js';
export type { InteractionTypeSpec, KnownType, Reference, TypeGroup } from './interaction-types.js';
export { acceptedRecord } from './accepted-record.js';
export type { PreparedRecord } from './accepted-record.js';
export { conversationOfData } from './references.js';
export { IDENTIFIER_STRENGTH, identifierRank } from './identifier-strength.js';
export { Ordinals, deriveInteractionId } from './derived-id.js';
export { IDENTIFIERS_MAX, IdentifierInput, InteractionInput } from './input/interaction-input.js';
export { LineItem } from './input/data.js';
export { DATA_CLASSES } from './input/data-of-type.js';
export type { DataClass } from './input/data-of-type.js';
export { DATA_SCHEMAS, INTERACTION_SCHEMA, SHARED_SCHEMAS } from './input/json-schema.js';
export type { JsonSchema } from './input/json-schema.js';
export { validateInput } from './input/validate-input.js';
export type { InputProblem } from './input/validate-input.js';
export { DEFAULT_SCALES, INSTRUMENTS, POLARITIES, surveyScale } from './survey-scale.js';
export type { Instrument, Polarity, Scale } from './survey-scale.js';
export { canonicalInstant, formatInstant, isInstant, parseInstant } from './instant.js';
export { normaliseIdentifier, normaliseIdentifiers } from './normalise-identifiers.js';
export type { NormalisedIdentifiers } from './normalise-identifiers.js';
export { normaliseText } from './normalise-text.js';
export { PLACEHOLDERS, isPlaceholder } from './placeholder.js';
export { MONEY_UNITS, formatMoney, parseMoney } from './money.js';
export { HEADER } from './record-headers.js';
export type { InteractionDims } from './record-headers.js';
export {
  DEFAULT_PARTITIONS,
  LOG_RETENTION_MS,
  TOMBSTONE_RETENTION_MS,
  TOPIC,
  TOPICS,
} from './topics.js';
export type { TopicSpec } from './topics.js';
export { CAUSES, FACT_DIMENSIONS, FACT_KINDS, FACT_TOPIC } from './fact.js';
export type {
  Cause,
  Fact,
  FactDimension,
  FactDims,
  FactKind,
  FactMeasures,
  InteractionRef,
} from './fact.js';
export { DEFAULT_SETTINGS } from './payloads.js';
export type {
  ApiKeyEntry,
  ErasedCall,
  ErasedFiling,
  ErasedIdentifier,
  ErasureDone,
  ErasureRequested,
  FilingMoved,
  KeyScope,
  KpiBucket,
  KpiCorrected,
  KpiFigure,
  KpiUpdated,
  ProfileChanged,
  ProfileIdentifier,
  RateLimits,
  RefiledBody,
  SourceChanged,
  Standing,
  TenantChanged,
  TenantSettings,
} from './payloads.js';
export { erasureOf, ghostOf, livingNameOf, nameIdentifier, nameInteraction } from './ghost.js';
export type { NameOf } from './ghost.js';
export { ERASED_TEXT, haunt } from './haunt.js';
export { outlivesRetention } from './outlives-retention.js';
export type { Ghosts } from './haunt.js';
export { familyOf, STREAM_FAMILIES, STREAM_TYPES, streamTypesNamed } from './stream-types.js';
export type { StreamType } from './stream-types.js';
export { ANSWERS_JSON } from './answers.js';
export { recordKey, splitRecordKey } from './record-key.js';
export { EPOCH_SIZE, counterOf, epochOf, revisionOf } from './revision.js';
export { ROUTES, SERVICES, findRoute, routePattern, serviceOf } from './routes.js';
export type { RouteSpec, ServiceName } from './routes.js';
export { ERRORS } from './errors.js';
export type { ErrorCode, ErrorSpec } from './errors.js';
export { PAYLOAD_MEMBERS } from './payload-members.js';
export { renderProxy, renderUnavailable } from './render-proxy.js';
export { renderContracts, renderErrors } from './render-contracts.js';
