/**
 * All four services in one process and in memory: their use cases over stores that are maps. Records between them wait in a
 * queue a topic; who drives the pipeline decides when, and in what portions, each queue is read.
 */
import {
  type ErasureRequested,
  FACT_TOPIC,
  type Interaction,
  nameIdentifier,
  TOPIC,
} from '#contracts';
import { Mentions } from '#erasure';
import type { LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { TenantDirectory } from '#runtime';
import { MemoryCallLog } from '../../apps/identity/src/adapters/memory/memory-call.log.js';
import { MemoryErasureStore } from '../../apps/identity/src/adapters/memory/memory-erasure.store.js';
import { MemoryExpiryStore } from '../../apps/identity/src/adapters/memory/memory-expiry.store.js';
import { MemoryIdentityStore } from '../../apps/identity/src/adapters/memory/memory-identity.store.js';
import { MemoryTenantState } from '../../apps/identity/src/adapters/memory/memory-tenant.state.js';
import { SettleRules } from '../../apps/identity/src/application/activating/settle-rules.js';
import { ReadEnds } from '../../apps/identity/src/application/calling/read-ends.js';
import { SettleCall } from '../../apps/identity/src/application/calling/settle-call.js';
import { type CallRequest, DeclareCall } from '../../apps/identity/src/application/declare-call.js';
import { ApplyErasure } from '../../apps/identity/src/application/erasing/apply-erasure.js';
import { PlanProfileErasure } from '../../apps/identity/src/application/erasing/plan-profile-erasure.js';
import { requestedRecord } from '../../apps/identity/src/application/erasing/take-erasure.js';
import { ExpireInteractions } from '../../apps/identity/src/application/expire-interactions.js';
import { TakeAway } from '../../apps/identity/src/application/expiring/take-away.js';
import { ResolveBatch } from '../../apps/identity/src/application/resolve-batch.js';
import { WithdrawCall } from '../../apps/identity/src/application/withdraw-call.js';
import type { IdentityRules } from '../../apps/identity/src/domain/rules.js';
import { prepareBatch } from '../../apps/ingestion/src/domain/prepare-batch.js';
import { splitBody } from '../../apps/ingestion/src/domain/split-body.js';
import { JOURNEY_TOPICS } from '../../apps/journey/src/application/decode-records.js';
import { EraseReplaced } from '../../apps/journey/src/application/erasing/erase-replaced.js';
import {
  memoryJourney,
  MemoryUnitOfWork,
} from '../../apps/journey/src/application/memory-stores.fixture.js';
import { StitchBatch } from '../../apps/journey/src/application/stitch-batch.js';
import { SweepDeadlines } from '../../apps/journey/src/application/sweep-deadlines.js';
import { MeasuredInMemory } from './measured-in-memory.js';

export const SECRET = { value: 'one secret for all pipelines: equal profile ids' };
export const TENANT = 'default';

export interface SaidCall {
  readonly kind: 'merge' | 'unmerge' | 'withdraw';
  /** `type:value`; profile ids are not looked up here. */
  readonly a: string;
  readonly b: string;
  readonly reason: string;
  readonly actor: string;
  /** ms; the clock's when absent. */
  readonly at?: number;
}

const METRICS_TOPICS: readonly string[] = [
  TOPIC.interactionIdentified.name,
  ...Object.values(FACT_TOPIC),
];

const ERASURES = `journey ${TOPIC.erasureRequested.name}`;

export class MemoryPipeline {
  readonly clock = new FixedClock(0);
  readonly people = new MemoryIdentityStore();
  readonly journey = memoryJourney(SECRET);
  readonly measured = new MeasuredInMemory();
  /** Everything that was ever accepted, repeats too. */
  readonly accepted: Interaction[] = [];
  private readonly identity = new MemoryUnitOfWork();
  private readonly erasures = new MemoryErasureStore(this.people);
  private readonly resolve = new ResolveBatch(this.identity, this.people, SECRET, this.erasures);
  private readonly expiring = new ExpireInteractions(
    this.identity,
    this.people,
    new MemoryExpiryStore(this.people),
    new TakeAway(this.identity, this.people, this.erasures, SECRET),
  );
  private readonly settleRules = new SettleRules(
    this.identity,
    this.people,
    new MemoryTenantState(this.people),
    SECRET,
  );
  private readonly callers = callersOn(this.identity, this.people, this.clock);
  private readonly stitch = new StitchBatch(
    this.journey.unitOfWork,
    this.journey.stores,
    this.clock,
  );
  private readonly sweeping = new SweepDeadlines(
    this.journey.unitOfWork,
    this.journey.stores,
    this.clock,
  );
  /** What journey and metrics have still to read, a queue a reader and topic. */
  private readonly queues = new Map<string, OutgoingRecord[]>();
  private offset = 0;

  /** As one request. Throws when an interaction is rejected. */
  async post(interactions: readonly object[]): Promise<void> {
    const body = splitBody(Buffer.from(JSON.stringify(interactions)));
    if (body.kind === 'refused') throw new Error(body.detail);
    const { accepted, rejected } = prepareBatch(body.interactions, {
      tenant: TENANT,
      receivedAt: this.clock.now(),
      requestId: `r${this.offset}`,
      isLive: true,
      sourceAccess: () => ({ kind: 'open', region: 'DE' }),
    });
    if (rejected[0]) throw new Error(JSON.stringify(rejected[0].problems));
    this.accepted.push(...accepted.map(({ interaction }) => interaction));
    const records = accepted.map(({ record: { text, ...record } }) => ({
      ...record,
      value: Buffer.from(text),
    }));
    await this.resolve.execute(this.batch('identity', records));
    this.collect();
  }

  async call({ kind, at, ...said }: SaidCall): Promise<void> {
    const request: CallRequest = { tenant: TENANT, keyId: 'k', isDryRun: false, at, ...said };
    if (kind === 'withdraw') await this.callers.withdraw.execute(request);
    else await this.callers.declare.execute(kind, request);
    this.collect();
  }

  /** Brings rules into force for everybody; asking for them and the wait are left out. */
  async activate(rules: IdentityRules): Promise<void> {
    await this.identity.publish(async (transaction) => {
      const change = { tenant: TENANT, rules };
      const { outgoing } = await this.settleRules.execute(transaction, change, () => undefined);
      this.people.rulesRows.set(TENANT, rules);
      return { result: undefined, outgoing };
    });
    this.collect();
  }

  /** Whoever holds the identifier `type:value`; answers the record of the erasure. */
  async erase(identifier: string): Promise<readonly ErasureRequested[]> {
    const [type = '', value = ''] = identifier.split(/:(.*)/su);
    const id = nameIdentifier(SECRET.value, TENANT, { type, value });
    const planner = plannerOn(this.people, this.erasures);
    const asked = { tenant: TENANT, id, now: this.clock.now() };
    const parts = await this.identity.run((transaction) => planner.execute(transaction, asked));
    if (parts === undefined) throw new Error(`nobody holds ${identifier}`);
    await this.hear(parts);
    return parts;
  }

  /** An erasure, asked for here or elsewhere. */
  async hear(parts: readonly ErasureRequested[]): Promise<void> {
    const apply = new ApplyErasure(this.identity, this.people, this.erasures, SECRET);
    await this.identity.publish(async (transaction) => {
      const outgoing = parts.map(requestedRecord);
      for (const part of parts)
        outgoing.push(...((await apply.execute(transaction, part))?.outgoing ?? []));
      return { result: undefined, outgoing };
    });
    this.collect();
  }

  /** What occurred before goes; answers how many interactions did. */
  async expire(horizon: number): Promise<number> {
    let expired = 0;
    for (;;) {
      const step = await this.expiring.execute({ tenant: TENANT, horizon });
      this.collect();
      expired += step.expired;
      if (step.state === 'through') return expired;
    }
  }

  /** Fires what is due by the clock. */
  async sweep(): Promise<void> {
    await this.sweeping.execute(this.clock.now());
    this.collect();
  }

  /** Readers with something to read: `journey <topic>`, `metrics <topic>`. */
  waiting(): string[] {
    return [...this.queues].filter(([, records]) => records.length > 0).map(([name]) => name);
  }

  /** Hands the reader the next `count` records of a queue, as one batch. */
  async read(queue: string, count: number): Promise<void> {
    const records = this.queues.get(queue)?.splice(0, count) ?? [];
    if (queue.startsWith('metrics ')) this.measured.take(records);
    else if (queue === ERASURES) await this.readErasures(records);
    else await this.stitch.execute(this.batch('journey', records));
    this.collect();
  }

  private async readErasures(records: readonly OutgoingRecord[]): Promise<void> {
    const { erasures, unitOfWork, stores } = this.journey;
    const requests = records.map(({ value }) => JSON.parse(String(value)) as ErasureRequested);
    for (const request of requests) erasures.keepNames(request);
    const mentions = new Mentions([], { secret: SECRET.value, regionOf: () => 'DE' });
    await new EraseReplaced(unitOfWork, stores).erase(mentions, requests);
  }

  async untilIdle(): Promise<void> {
    for (let [next] = this.waiting(); next !== undefined; [next] = this.waiting())
      await this.read(next, Infinity);
  }

  private collect(): void {
    const published = [
      ...this.identity.published.splice(0),
      ...this.journey.unitOfWork.published.splice(0),
    ];
    for (const record of published) {
      if (JOURNEY_TOPICS.includes(record.topic)) this.enqueue(`journey ${record.topic}`, record);
      if (record.topic === TOPIC.erasureRequested.name) this.enqueue(ERASURES, record);
      if (METRICS_TOPICS.includes(record.topic)) this.enqueue(`metrics ${record.topic}`, record);
    }
  }

  private enqueue(queue: string, record: OutgoingRecord): void {
    const records = this.queues.get(queue) ?? [];
    records.push(record);
    this.queues.set(queue, records);
  }

  private batch(group: string, records: readonly OutgoingRecord[]): RecordBatch {
    const handed = records.map((record): LogRecord => ({
      ...record,
      partition: 0,
      offset: this.offset++,
      appendedAt: this.clock.now(),
    }));
    return { group, incarnation: 'memory', records: handed };
  }
}

function plannerOn(store: MemoryIdentityStore, erasures: MemoryErasureStore) {
  // By the name of an identifier, which is all that is asked for here.
  const find = async (_: unknown, name: string) => {
    const key = store.identifierRows.get(name)?.profileKey;
    return key ? store.profileRows.get(key) : undefined;
  };
  return new PlanProfileErasure(store, erasures, { find } as never, SECRET);
}

function callersOn(unitOfWork: MemoryUnitOfWork, store: MemoryIdentityStore, clock: FixedClock) {
  const settle = new SettleCall(unitOfWork, store, SECRET);
  const calls = new MemoryCallLog(store);
  // Nobody here names a profile id: nothing is looked up.
  const ends = new ReadEnds(undefined as never, SECRET, new TenantDirectory());
  return {
    declare: new DeclareCall(settle, calls, ends, clock),
    withdraw: new WithdrawCall(settle, calls, ends, clock),
  };
}
