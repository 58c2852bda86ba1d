import type { Content } from '../domain/version-choice.js';

/** A version as the archive keeps it. */
export interface ArchivedContent extends Content {
  /** The accepted bytes, passed through; with ghosts where names were erased. */
  readonly body: Buffer;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly version: number;
}
