export { assertNever, invariant } from './assert.js';
export { Clock, FixedClock, SystemClock } from './clock.js';
export { canonicalJson } from './canonical-json.js';
export { compareKeys, compareText } from './order.js';
export type { OrderKey } from './order.js';
export { Fault, isFault } from './fault.js';
export { keyedHash, stableHash } from './hash.js';
export { err, ok } from './result.js';
export type { Result } from './result.js';
