export { Cache } from './cache.js';
export { openMemoryCache } from './memory/memory-cache.js';
export type { MemoryCacheOptions } from './memory/memory-cache.js';
export { openRedisCache } from './redis/redis-cache.js';
export type { RedisCacheOptions } from './redis/redis-cache.js';
export type { Admission, Demand, Rate } from './gcra.js';
