import type { DynamicModule } from '@nestjs/common';
import type { ConfigClass } from './config.js';

/** A service as the runtime sees it: a module that takes its own validated configuration. */
export interface Service<Config extends object = object> {
  readonly module: {
    register(config: Config): DynamicModule;
    /** It does what it is there for while its database is away: that alone makes no process not ready. */
    readonly isReadyWithoutDatabase?: boolean;
  };
  readonly config: ConfigClass<Config>;
}

export const SERVICE_PORTS = {
  standalone: 3000,
  ingestion: 3001,
  identity: 3002,
  journey: 3003,
  metrics: 3004,
} as const;

export type ProcessName = keyof typeof SERVICE_PORTS;
