/** Why one interaction cannot be accepted: a code of the closed list, the place, and what is allowed there. */
import type { ErrorCode } from '#contracts';

export interface InteractionProblem {
  readonly code: ErrorCode;
  /** JSON pointer inside the interaction as posted; '' is the interaction itself. */
  readonly pointer: string;
  /** Never repeats what was posted: it may be personal. */
  readonly detail: string;
}
