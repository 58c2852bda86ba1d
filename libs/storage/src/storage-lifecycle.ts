import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Storage } from './storage.js';

/** Ties a storage to the life of the Nest app: relay from the start, closed after servers and consumers have stopped. */
export class StorageLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly storage: Storage) {}

  onApplicationBootstrap(): void {
    this.storage.startRelay();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.storage.close();
  }
}
