import { formatInstant } from '#contracts';
import type { AcceptedInteraction } from '../../domain/prepare-batch.js';
import type { Replay } from '../ports.js';

export interface ReplayCircumstances {
  /** Ms since 1970. */
  readonly at: number;
  readonly keyId: string;
  readonly reason?: string;
  readonly isEdited: boolean;
}

/** Who replayed it, when, and as which interaction: the audit of a replay. */
export function describeReplay(
  { interaction }: AcceptedInteraction,
  { at, keyId, reason, isEdited }: ReplayCircumstances,
): Replay {
  const { source, id, version } = interaction;
  return { at: formatInstant(at), by: `key:${keyId}`, reason, source, id, version, isEdited };
}
