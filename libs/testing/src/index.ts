export { backends } from './backends.js';
export type { Backends } from './backends.js';
export { freshDatabase, templateDatabase } from './database.js';
export type { TemplateDatabase, TestDatabase } from './database.js';
export { eventually } from './eventually.js';
export type { EventuallyOptions } from './eventually.js';
export { assertNoConnections } from './leak-guard.js';
export {
  acceptedRecord,
  factRecord,
  identifiedRecord,
  interaction,
  logRecordsToBatch,
} from './builders.js';
export type { Filed } from './builders.js';
export { testLogs } from './test-logs.js';
export type { TestLog } from './test-logs.js';
export { startNativeCluster, startSecuredKafka, startSecuredRedis } from './native-backends.js';
export type { NativeCluster, NativeNode, NativeRedis, SecuredKafka } from './native-backends.js';
