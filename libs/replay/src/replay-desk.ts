import { formatInstant } from '#contracts';
import { Fault, type Clock } from '#kernel';
import type { UnitOfWork } from '#storage';
import type { Difference, DifferencesText } from './differences.js';
import type { Replay, ReplayBook, ReplayStatus } from './replay-book.js';
import type { Replaying } from './replaying.js';

/** A replay as it is told to those who asked for it. */
export interface ReplayView {
  readonly id: string;
  readonly service: string;
  readonly status: ReplayStatus;
  readonly dryRun: boolean;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress: {
    readonly done: number;
    readonly total: number | null;
    readonly unit: string;
  };
  readonly differences: {
    readonly total: number;
    /** By kind of fact, or KPI. */
    readonly counts: DifferencesText['counts'];
    readonly examples: readonly Difference[];
  };
  readonly failure: string | null;
}

export interface ReplayRequest {
  readonly tenant: string;
  readonly isDryRun: boolean;
  readonly requestedBy: string;
}

const ID = /^[0-9a-f-]{36}$/u;

/** Where replays are asked for, looked up and stopped. */
export class ReplayDesk {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly parts: {
      readonly service: string;
      readonly book: ReplayBook;
      readonly replaying: Replaying;
      readonly clock: Clock;
    },
  ) {}

  async request(request: ReplayRequest): Promise<ReplayView> {
    const { book, clock } = this.parts;
    const requested = await this.unitOfWork.run(async (transaction) => {
      if (await book.isUnderWay(transaction, request.tenant)) return undefined;
      return book.request(transaction, { ...request, requestedAt: clock.now() });
    });
    if (requested === undefined)
      throw new Fault('replay-under-way', `A replay of ${this.parts.service} is under way.`);
    return this.told(requested);
  }

  async list(tenant: string): Promise<ReplayView[]> {
    const { book } = this.parts;
    const found = await this.unitOfWork.run((transaction) => book.list(transaction, tenant));
    return found.map((each) => this.told(each));
  }

  async one(tenant: string, id: string): Promise<ReplayView> {
    const { book } = this.parts;
    const found = ID.test(id)
      ? await this.unitOfWork.run((transaction) => book.find(transaction, tenant, id))
      : undefined;
    if (found === undefined) throw new Fault('not-found', 'There is no replay with this id.');
    return this.told(found);
  }

  /** After the step that is being taken. What is over stays as it ended. */
  async stop(tenant: string, id: string): Promise<ReplayView> {
    const { book, replaying, clock } = this.parts;
    await this.one(tenant, id);
    await this.unitOfWork.run(async (transaction) => {
      const end = { status: 'stopped', now: clock.now() } as const;
      const stopped = await book.end(transaction, { tenant, id }, end);
      if (stopped !== undefined) await replaying.abandon(transaction, stopped);
    });
    return this.one(tenant, id);
  }

  private told(replay: Replay): ReplayView {
    const { id, status, isDryRun, requestedBy, done, total, differences, failure } = replay;
    const instant = (at: number | undefined) => (at === undefined ? null : formatInstant(at));
    const { counts, examples } = differences.told();
    return {
      id,
      service: this.parts.service,
      status,
      dryRun: isDryRun,
      requestedBy,
      requestedAt: formatInstant(replay.requestedAt),
      startedAt: instant(replay.startedAt),
      endedAt: instant(replay.endedAt),
      progress: { done, total: total ?? null, unit: this.parts.replaying.unit },
      differences: { total: differences.total, counts, examples },
      failure: failure ?? null,
    };
  }
}
