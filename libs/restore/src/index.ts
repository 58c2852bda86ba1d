export { afterRestore } from './after-restore.js';
export type { AfterRestore, RestoreReport, RestoreSubject } from './after-restore.js';
export type {
  Desk,
  LostCall,
  OutputTopic,
  RestoredService,
  TakenBack,
} from './restored-service.js';
export { isBeyond, isLost, lostReasons, ONLY_NAMED } from './told.js';
export type { Given, Told } from './told.js';
export { toldOf } from './told-record.js';
