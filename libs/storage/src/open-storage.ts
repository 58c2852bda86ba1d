import type { Storage, StorageOptions } from './storage.js';
import { PostgresStorage } from './postgres-storage.js';

/** Opens one service's schema: connects, makes the schema when missing. Tables come with `migrate()`. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  return PostgresStorage.open(options);
}
