import type { Draft, RecordValues } from '../domain/map-record.js';
import type { Mapping } from '../domain/mapping.js';

/** One record of a file with the place where it ends. `problem` when the reader could not make sense of it. */
export interface FileRecord {
  readonly line: number;
  /** Bytes from the beginning of the file to the end of this record. */
  readonly endOffset: number;
  readonly values?: RecordValues;
  readonly problem?: string;
}

export interface RejectedRecord {
  readonly line: number;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string;
  readonly rejectionId?: string;
}

/** How far an import has come. Everything before `offset` has been answered by ingestion. */
export interface Checkpoint {
  readonly offset: number;
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly shiftDays: number;
}

export abstract class RecordFile {
  /** SHA-256 of the bytes, hex. */
  abstract hash(): Promise<string>;
  abstract size(): Promise<number>;
  abstract records(mapping: Mapping): AsyncIterable<FileRecord>;
}

export interface PostOutcome {
  readonly accepted: number;
  /** `index` into the posted list. */
  readonly rejected: readonly {
    readonly index: number;
    readonly code: string;
    readonly detail: string;
    readonly pointer?: string;
    readonly rejectionId?: string;
  }[];
}

export abstract class InteractionSink {
  /** Answers after ingestion has all of them or said why not. Retries inside; throws when it cannot be reached. */
  abstract post(interactions: readonly Draft[]): Promise<PostOutcome>;
}

export abstract class Checkpoints {
  abstract load(key: string): Promise<Checkpoint | undefined>;
  abstract save(key: string, checkpoint: Checkpoint): Promise<void>;
  abstract remove(key: string): Promise<void>;
}
