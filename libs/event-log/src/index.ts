export { EventLog } from './event-log.js';
export type {
  FollowOptions, Following, LogRecord, OutgoingRecord, PartitionRange, ReadOptions, RecordBatch, SubscribeOptions,
  Subscription, SubscriptionState, TopicPartition, TopicToCreate,
} from './event-log.js';
