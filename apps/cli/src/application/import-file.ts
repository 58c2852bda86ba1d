/**
 * Posts the records of a file as interactions: resumable, idempotent, with bounded memory.
 *
 * Reads the file twice: once for its hash (and last date, when dates are shifted), once to post. A resumed import reads
 * from the beginning too, because ordinals of identical records count over the whole file, but posts only what lies behind
 * the checkpoint. At most `concurrency` requests are on their way, each of at most `batchSize` records. The checkpoint goes
 * when the import is complete: the next import of the file posts it all again, and ingestion's ids make that add nothing.
 */
import { canonicalJson, type Clock, stableHash } from '#kernel';
import { DerivedIds } from '../domain/derive-id.js';
import { LowWaterMark } from '../domain/low-water-mark.js';
import { mapRecord, type Draft } from '../domain/map-record.js';
import type { Mapping } from '../domain/mapping.js';
import { daysToShift, shiftDates } from '../domain/shift-dates.js';
import type {
  Checkpoint,
  Checkpoints,
  FileRecord,
  InteractionSink,
  RecordFile,
  RejectedRecord,
} from './ports.js';

export interface ImportOptions {
  readonly file: RecordFile;
  readonly mapping: Mapping;
  /** Names where it goes: the same file to another server is another import. */
  readonly target: string;
  readonly batchSize?: number;
  readonly concurrency?: number;
  /** Forget an earlier checkpoint. */
  readonly isRestart?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly offset: number;
  readonly size: number;
  readonly records: number;
}

export interface ImportSummary {
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Records that an earlier run had posted already. */
  readonly resumedAfter: number;
  readonly shiftDays: number;
  /** The first {@link REJECTED_SHOWN_MAX} of this run. */
  readonly rejections: readonly RejectedRecord[];
}

export const REJECTED_SHOWN_MAX = 100;
const NOTHING: Checkpoint = { offset: 0, records: 0, accepted: 0, rejected: 0, shiftDays: 0 };

interface Entry {
  readonly line: number;
  readonly draft: Draft;
}

export class ImportFile {
  constructor(
    private readonly sink: InteractionSink,
    private readonly checkpoints: Checkpoints,
    private readonly clock: Clock,
  ) {}

  async execute(options: ImportOptions): Promise<ImportSummary> {
    const { file, mapping, target, isRestart = false } = options;
    const key = stableHash(await file.hash(), canonicalJson(mapping), target);
    const earlier = isRestart ? undefined : await this.checkpoints.load(key);
    const start = earlier ?? { ...NOTHING, shiftDays: await this.shiftDays(file, mapping) };
    const run = new ImportRun({
      ...options,
      key,
      start,
      sink: this.sink,
      checkpoints: this.checkpoints,
    });
    const summary = await run.execute(await file.size());
    await this.checkpoints.remove(key);
    return summary;
  }

  private async shiftDays(file: RecordFile, mapping: Mapping): Promise<number> {
    const { shift } = mapping;
    if (!shift) return 0;
    if ('days' in shift) return shift.days;
    let lastAt = Number.NEGATIVE_INFINITY;
    for await (const { values } of file.records(mapping)) {
      const mapped = values === undefined ? undefined : mapRecord(mapping, values);
      const at = mapped?.ok ? Date.parse(String(mapped.value['occurredAt'])) : Number.NaN;
      if (at > lastAt) lastAt = at;
    }
    return Number.isFinite(lastAt) ? daysToShift(shift, { lastAt, now: this.clock.now() }) : 0;
  }
}

type RunOptions = ImportOptions & {
  readonly key: string;
  readonly start: Checkpoint;
  readonly sink: InteractionSink;
  readonly checkpoints: Checkpoints;
};

/** One run over the file: what has been posted and what is on its way. */
class ImportRun {
  private readonly ids = new DerivedIds();
  private readonly marks = new LowWaterMark<Position>();
  private readonly onTheirWay = new Set<Promise<void>>();
  private readonly rejections: RejectedRecord[] = [];
  private batch: Entry[] = [];
  /** Unreadable records since the last batch: they belong to the next one's position. */
  private unreadable: RejectedRecord[] = [];
  private reached: Checkpoint;
  private saving: Promise<void> = Promise.resolve();
  private failure: unknown;

  constructor(private readonly options: RunOptions) {
    this.reached = options.start;
  }

  async execute(size: number): Promise<ImportSummary> {
    const { file, mapping, start, onProgress } = this.options;
    const report = () =>
      onProgress?.({ offset: this.reached.offset, size, records: this.reached.records });
    let records = 0;
    let offset = 0;
    for await (const record of file.records(mapping)) {
      records++;
      offset = record.endOffset;
      this.take(record, offset <= start.offset);
      if (this.batch.length + this.unreadable.length >= (this.options.batchSize ?? 500)) {
        await this.flush({ offset, records }, report);
      }
      if (this.failure !== undefined) break;
    }
    await this.flush({ offset, records }, report);
    await Promise.all(this.onTheirWay);
    await this.saving;
    if (this.failure !== undefined) throw this.failure;
    return this.summary();
  }

  private take(record: FileRecord, isPosted: boolean): void {
    const { mapping, start } = this.options;
    const mapped = record.values === undefined ? undefined : mapRecord(mapping, record.values);
    if (mapped?.ok) {
      const draft = this.ids.identify(mapped.value);
      if (!isPosted)
        this.batch.push({ line: record.line, draft: shiftDates(draft, start.shiftDays) });
      return;
    }
    if (isPosted) return;
    const detail = mapped?.problem.detail ?? record.problem ?? 'the record cannot be read';
    this.unreadable.push({ line: record.line, code: 'unreadable-record', detail });
  }

  /** Starts posting what has been gathered, after waiting for room. */
  private async flush(position: Position, report: () => void): Promise<void> {
    const { batch, unreadable } = this;
    if (batch.length + unreadable.length === 0) return;
    this.batch = [];
    this.unreadable = [];
    while (this.onTheirWay.size >= (this.options.concurrency ?? 4))
      await Promise.race(this.onTheirWay);
    if (this.failure !== undefined) return;
    const outcome: Outcome = { position, accepted: 0, rejected: unreadable };
    const mark = this.marks.begin(position);
    const sending = this.post(batch, outcome)
      .then(() => this.advance(mark, outcome))
      .then(report)
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.onTheirWay.delete(sending));
    this.onTheirWay.add(sending);
  }

  private async post(batch: readonly Entry[], outcome: Outcome): Promise<void> {
    if (batch.length === 0) return;
    const answer = await this.options.sink.post(batch.map(({ draft }) => draft));
    outcome.accepted = answer.accepted;
    outcome.rejected = [
      ...outcome.rejected,
      ...answer.rejected.map(({ index, ...rest }) => ({ line: batch[index]?.line ?? 0, ...rest })),
    ];
  }

  /** Counts are kept per batch and added up in file order, so that a checkpoint counts exactly what lies before it. */
  private readonly outcomes: Outcome[] = [];

  private advance(mark: { isDone: boolean }, outcome: Outcome): void {
    this.outcomes.push(outcome);
    this.rejections.push(...outcome.rejected.slice(0, REJECTED_SHOWN_MAX - this.rejections.length));
    const position = this.marks.done(mark);
    if (!position) return;
    const counted = this.outcomes.filter((each) => each.position.offset <= position.offset);
    const waiting = this.outcomes.filter((each) => each.position.offset > position.offset);
    this.outcomes.splice(0, this.outcomes.length, ...waiting);
    const { shiftDays, accepted, rejected } = this.reached;
    this.reached = {
      ...position,
      shiftDays,
      accepted: accepted + counted.reduce((sum, each) => sum + each.accepted, 0),
      rejected: rejected + counted.reduce((sum, each) => sum + each.rejected.length, 0),
    };
    const { reached } = this;
    this.saving = this.saving.then(() => this.options.checkpoints.save(this.options.key, reached));
  }

  private summary(): ImportSummary {
    const { records, accepted, rejected, shiftDays } = this.reached;
    const rejections = [...this.rejections].sort((a, b) => a.line - b.line);
    return {
      records,
      accepted,
      rejected,
      shiftDays,
      rejections,
      resumedAfter: this.options.start.records,
    };
  }
}

interface Position {
  readonly offset: number;
  readonly records: number;
}

interface Outcome {
  readonly position: Position;
  accepted: number;
  rejected: readonly RejectedRecord[];
}
