/**
 * Identity, journey and metrics one after the other, each on its own tables, without log, offsets and outbox: those cost the
 * same whatever the profile. What a record costs is read from Postgres (rows that scans touched and rows written, of every
 * table) and from the processes, so nothing is left out that a statement does inside.
 */
import { readFileSync } from 'node:fs';
import { FACT_TOPIC, TOPIC } from '#contracts';
import type { EventLog, LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { openStorage, UnitOfWork } from '#storage';
import type { BatchEffect, Storage, StorageOptions, Transaction } from '#storage';
import { PostgresErasureStore } from '../../apps/identity/src/adapters/postgres/postgres-erasure.store.js';
import { PostgresIdentityStore } from '../../apps/identity/src/adapters/postgres/postgres-identity.store.js';
import { ResolveBatch } from '../../apps/identity/src/application/resolve-batch.js';
import { IDENTITY_SCHEMA } from '../../apps/identity/src/identity.module.js';
import {
  JOURNEY_SCHEMA,
  postgresStores,
} from '../../apps/journey/src/adapters/postgres/journey.schema.js';
import { JOURNEY_TOPICS } from '../../apps/journey/src/application/decode-records.js';
import { StitchBatch } from '../../apps/journey/src/application/stitch-batch.js';
import { PostgresAggregateTables } from '../../apps/metrics/src/adapters/postgres/counting/observations-and-buckets.repository.js';
import { AggregateBatch } from '../../apps/metrics/src/application/counting/aggregate-batch.js';
import { TenantRules } from '../../apps/metrics/src/application/ports.js';
import { CATALOGUE } from '../../apps/metrics/src/domain/catalogue/index.js';
import { METRICS_SCHEMA } from '../../apps/metrics/src/metrics.module.js';

const SECRET = { value: 'a secret of the benchmark, worth nothing elsewhere' };
const METRICS_TOPICS: readonly string[] = [
  TOPIC.interactionIdentified.name,
  ...Object.values(FACT_TOPIC),
];

/** Rows that scans touched, rows written, and ns of CPU of a stage's backend. */
export interface StageCost {
  readonly read: number;
  readonly written: number;
  readonly postgresNs: number;
}

/** Hands over what a batch publishes instead of storing it. */
class HandingOver extends UnitOfWork {
  readonly outgoing: OutgoingRecord[] = [];

  constructor(private readonly storage: Storage) {
    super();
  }

  /** Counters of the backend are told with the commit, not a second later. */
  async run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.storage.unitOfWork.run(async (transaction) => {
      const result = await work(transaction);
      await transaction.query('SELECT pg_stat_force_next_flush()');
      return result;
    });
  }

  async publish<Result>(
    work: (
      transaction: Transaction,
    ) => Promise<{ result: Result; outgoing: readonly OutgoingRecord[] }>,
  ): Promise<Result> {
    const { result, outgoing } = await this.run(work);
    this.outgoing.push(...outgoing);
    return result;
  }

  async consume(
    batch: RecordBatch,
    work: (transaction: Transaction, records: readonly LogRecord[]) => Promise<BatchEffect>,
  ): Promise<void> {
    const { outgoing, deadLetters = [] } = await this.run((transaction) =>
      work(transaction, batch.records),
    );
    if (deadLetters.length > 0) throw new Error(`undecodable: ${deadLetters[0]?.detail}`);
    this.outgoing.push(...outgoing);
  }

  startAt(): Promise<readonly undefined[]> {
    return Promise.resolve([]);
  }

  revision(counter: number): number {
    return this.storage.unitOfWork.revision(counter);
  }

  taken(): OutgoingRecord[] {
    return this.outgoing.splice(0);
  }
}

class PlainRules extends TenantRules {
  wanted() {
    return { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };
  }

  catalogue() {
    return CATALOGUE;
  }
}

interface Stage {
  readonly name: string;
  readonly storage: Storage;
  readonly work: HandingOver;
  readonly takes: (topic: string) => boolean;
  execute(batch: RecordBatch): Promise<void>;
}

export class Chain {
  private offset = 0;

  private constructor(private readonly stages: readonly Stage[]) {}

  static async open(databaseUrl: string, log: EventLog, now: number): Promise<Chain> {
    const clock = new FixedClock(now);
    const open = async (
      name: string,
      schema: Pick<StorageOptions, 'schema' | 'migrations'>,
      make: (work: UnitOfWork) => { execute(batch: RecordBatch): Promise<void> },
      takes: readonly string[],
    ): Promise<Stage> => {
      const storage = await openStorage({ ...schema, databaseUrl, log, poolSize: 1 });
      await storage.migrate();
      const work = new HandingOver(storage);
      const stage = make(work);
      return {
        name,
        storage,
        work,
        takes: (topic) => takes.includes(topic),
        execute: (batch) => stage.execute(batch),
      };
    };
    return new Chain([
      await open(
        'identity',
        IDENTITY_SCHEMA,
        (work) =>
          new ResolveBatch(work, new PostgresIdentityStore(), SECRET, new PostgresErasureStore()),
        [TOPIC.interactionAccepted.name],
      ),
      await open(
        'journey',
        JOURNEY_SCHEMA,
        (work) => new StitchBatch(work, postgresStores(SECRET), clock),
        JOURNEY_TOPICS,
      ),
      await open(
        'metrics',
        METRICS_SCHEMA,
        (work) => new AggregateBatch(work, new PostgresAggregateTables(), new PlainRules(), clock),
        METRICS_TOPICS,
      ),
    ]);
  }

  /** Everything that follows from the records, one batch a stage. */
  async feed(records: readonly OutgoingRecord[]): Promise<void> {
    let flowing = [...records];
    for (const stage of this.stages) {
      const taken = flowing.filter(({ topic }) => stage.takes(topic));
      if (taken.length > 0) await stage.execute(this.batch(stage.name, taken));
      flowing = [...flowing, ...stage.work.taken()];
    }
  }

  async analyze(): Promise<void> {
    await this.stages[0]?.storage.unitOfWork.run((transaction) => transaction.query('ANALYZE'));
  }

  /** By stage, since the database was made. */
  async costs(): Promise<Record<string, StageCost>> {
    const costs: Record<string, StageCost> = {};
    for (const { name, storage } of this.stages) {
      const [row] = await storage.unitOfWork.read<{ read: number; written: number; pid: number }>(
        `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint AS read,
                coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint AS written,
                pg_backend_pid() AS pid
           FROM pg_stat_user_tables WHERE schemaname = $1`,
        [name],
      );
      const postgresNs = Number(readFileSync(`/proc/${row?.pid}/schedstat`, 'utf8').split(' ')[0]);
      costs[name] = { read: row?.read ?? 0, written: row?.written ?? 0, postgresNs };
    }
    return costs;
  }

  async close(): Promise<void> {
    for (const { storage } of this.stages) await storage.close();
  }

  private batch(group: string, records: readonly OutgoingRecord[]): RecordBatch {
    return {
      group,
      incarnation: 'bench',
      records: records.map((record) => ({
        ...record,
        partition: 0,
        offset: (this.offset += 1),
        appendedAt: 0,
      })),
    };
  }
}
