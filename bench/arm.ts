import type { EventLog } from '#event-log';

/** Where an arm runs: one log, one database of its own a round. */
export interface Ground {
  readonly logKind: 'postgres' | 'kafka';
  readonly brokers: readonly string[];
  /** An empty database, dropped after the round. */
  readonly databaseUrl: string;
  /** Processes to account CPU to, beside what the arm starts: postgres, broker. */
  readonly pids: Readonly<Record<string, number>>;
  /** Unique a round: topics and groups carry it, so that rounds do not meet. */
  readonly round: string;
  openLog(): Promise<EventLog>;
}

export interface Measurement {
  readonly interactions: number;
  readonly seconds: number;
  /** µs of CPU an interaction, by process. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

export interface Arm {
  readonly name: string;
  readonly logs: readonly Ground['logKind'][];
  run(ground: Ground, interactions: number): Promise<Measurement>;
}
