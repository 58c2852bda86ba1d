export { EventLog } from './event-log.js';
export type {
  FollowOptions,
  Following,
  LogReader,
  LogRecord,
  OutgoingRecord,
  PartitionLag,
  PartitionRange,
  Positions,
  ReaderOptions,
  ReadOptions,
  RecordBatch,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
  TopicPartition,
  TopicToCreate,
} from './event-log.js';
export { openEventLog, openKafkaLog } from './open-event-log.js';
export type { EventLogConfig } from './open-event-log.js';
export type { KafkaLog } from './kafka/kafka-log.js';
export type { KafkaLogOptions } from './kafka/kafka-client.js';
export { openPostgresLog, PostgresLog } from './postgres/postgres-log.js';
export type { PostgresLogOptions } from './postgres/postgres-log.js';
export { partitionOf } from './partition.js';
export { partitionName } from './start-offsets.js';
export { BatchHandler } from './nest/batch-handler.js';
export type { BatchHandlerOptions } from './nest/batch-handler.js';
export { EventLogTransport } from './nest/event-log.transport.js';
export type { GroupFailure, GroupLag, WorkObserver } from './nest/event-log.transport.js';
export { BatchHandlers } from './nest/batch-handlers.js';
export type { HandleBatch } from './nest/batch-handlers.js';
export { OffsetStores } from './nest/offset-stores.js';
export type { StartAt } from './nest/offset-stores.js';
