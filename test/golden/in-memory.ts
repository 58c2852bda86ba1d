/**
 * A story told to the use cases of the services over stores in memory: no log, no database, no clock but the story's.
 * Figures come from the pure functions of metrics over the newest revision of every fact.
 */
import { formatInstant, TOPIC } from '#contracts';
import type { LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { TenantDirectory } from '#runtime';
import { MemoryCallLog } from '../../apps/identity/src/adapters/memory/memory-call.log.js';
import { MemoryIdentityStore } from '../../apps/identity/src/adapters/memory/memory-identity.store.js';
import { ReadEnds } from '../../apps/identity/src/application/calling/read-ends.js';
import { SettleCall } from '../../apps/identity/src/application/calling/settle-call.js';
import { type CallRequest, DeclareCall } from '../../apps/identity/src/application/declare-call.js';
import { WithdrawCall } from '../../apps/identity/src/application/withdraw-call.js';
import { ResolveBatch } from '../../apps/identity/src/application/resolve-batch.js';
import { prepareBatch } from '../../apps/ingestion/src/domain/prepare-batch.js';
import { splitBody } from '../../apps/ingestion/src/domain/split-body.js';
import {
  memoryJourney,
  MemoryUnitOfWork,
} from '../../apps/journey/src/application/memory-stores.fixture.js';
import { StitchBatch } from '../../apps/journey/src/application/stitch-batch.js';
import { SweepDeadlines } from '../../apps/journey/src/application/sweep-deadlines.js';
import { MeasuredInMemory } from './measured-in-memory.js';
import { inProfileOrder, type ProfileFound, seenProfile } from './scene.js';
import type { Call, Scene, Step, Story } from './story.js';

const SECRET = { value: 'one secret for all golden stories: equal profile ids' };
const TENANT = 'default';

export async function tellInMemory(story: Story): Promise<Scene[]> {
  const stage = new MemoryStage();
  const scenes: Scene[] = [];
  for (const step of story.steps) {
    stage.clock.set(Date.parse(step.at));
    if ('show' in step) scenes.push(await stage.show(step.show));
    else await stage.play(step);
  }
  return scenes;
}

function callersOn(unitOfWork: MemoryUnitOfWork, store: MemoryIdentityStore, clock: FixedClock) {
  const settle = new SettleCall(unitOfWork, store, SECRET);
  const calls = new MemoryCallLog(store);
  // Stories name identifiers, never profile ids: nothing is looked up.
  const ends = new ReadEnds(undefined as never, SECRET, new TenantDirectory());
  return {
    declare: new DeclareCall(settle, calls, ends, clock),
    withdraw: new WithdrawCall(settle, calls, ends, clock),
  };
}

function asked({ at, ...said }: Call): CallRequest {
  const atMs = at === undefined ? undefined : Date.parse(at);
  return { tenant: TENANT, keyId: 'story', isDryRun: false, ...said, at: atMs };
}

class MemoryStage {
  readonly clock = new FixedClock(0);
  private readonly people = new MemoryIdentityStore();
  private readonly identity = new MemoryUnitOfWork();
  private readonly resolve = new ResolveBatch(this.identity, this.people, SECRET);
  private readonly callers = callersOn(this.identity, this.people, this.clock);
  private readonly journey = memoryJourney();
  private readonly stitch = new StitchBatch(
    this.journey.unitOfWork,
    this.journey.stores,
    this.clock,
  );
  private readonly sweep = new SweepDeadlines(
    this.journey.unitOfWork,
    this.journey.stores,
    this.clock,
  );
  private readonly measured = new MeasuredInMemory();
  private offset = 0;

  async play(step: Exclude<Step, { show: string }>): Promise<void> {
    if ('post' in step) await this.post(step.post);
    else if ('merge' in step) await this.callers.declare.execute('merge', asked(step.merge));
    else if ('unmerge' in step) await this.callers.declare.execute('unmerge', asked(step.unmerge));
    else if ('withdraw' in step) await this.callers.withdraw.execute(asked(step.withdraw));
    else throw new Error('erasure is not told in memory yet');
    await this.pass();
  }

  private async post(interaction: object): Promise<void> {
    const body = splitBody(Buffer.from(JSON.stringify(interaction)));
    if (body.kind === 'refused') throw new Error(body.detail);
    const { accepted, rejected } = prepareBatch(body.interactions, {
      tenant: TENANT,
      receivedAt: this.clock.now(),
      requestId: `r${this.offset}`,
      isLive: true,
      sourceAccess: () => ({ kind: 'open', region: 'DE' }),
    });
    if (rejected[0]) throw new Error(JSON.stringify(rejected[0].problems));
    const records = accepted.map(({ record: { text, ...record } }) => ({
      ...record,
      value: Buffer.from(text),
    }));
    await this.resolve.execute(this.batch('identity', records));
  }

  async show(title: string): Promise<Scene> {
    await this.sweep.execute(this.clock.now());
    await this.pass();
    return {
      show: title,
      profiles: this.profiles(),
      kpis: this.measured.kpis(),
      corrections: this.measured.publish(),
    };
  }

  /** What identity published goes to journey and metrics, what journey published to metrics. */
  private async pass(): Promise<void> {
    const identified = this.identity.published.splice(0);
    if (identified.length > 0) await this.stitch.execute(this.batch('journey', identified));
    const facts = this.journey.unitOfWork.published.splice(0);
    this.measured.take([
      ...identified.filter(({ topic }) => topic === TOPIC.interactionIdentified.name),
      ...facts,
    ]);
  }

  private batch(group: string, records: readonly OutgoingRecord[]): RecordBatch {
    const handed = records.map(
      (record): LogRecord => ({
        ...record,
        partition: 0,
        offset: this.offset++,
        appendedAt: this.clock.now(),
      }),
    );
    return { group, incarnation: 'memory', records: handed };
  }

  private profiles(): Scene['profiles'] {
    const keys = new Set([...this.journey.archive.rows.values()].map((row) => row.profileKey));
    return inProfileOrder([...keys].map((key) => seenProfile(this.found(key))));
  }

  private found(profileKey: string): ProfileFound {
    const { identifierRows, profileRows, decisionRows } = this.people;
    const profileId = profileRows.get(Number(profileKey))?.profileId ?? '';
    const claimed = new Set(
      decisionRows
        .filter(({ code, rivals }) => code === 'shared-identifier' && rivals.includes(profileId))
        .map(({ subject }) => subject),
    );
    const identifiers = [...identifierRows.values()].filter(
      (row) =>
        row.first !== null && (String(row.profileKey) === profileKey || claimed.has(row.name)),
    );
    const timeline = this.journey.archive.timelineOf(profileKey);
    const facts = this.journey.facts.current().filter((fact) => fact.profileKey === profileKey);
    return {
      identifiers: identifiers.map(({ type, value, standing }) => ({
        type,
        value,
        standing: standing ?? 'person',
      })),
      timeline: timeline.map(({ interaction, occurredAt }) => ({
        ...interaction,
        occurredAt: formatInstant(occurredAt),
      })),
      facts: facts.map((fact) => ({
        ...fact,
        at: formatInstant(fact.at),
        finalAt: fact.finalAt === undefined ? undefined : formatInstant(fact.finalAt),
      })),
    };
  }
}
