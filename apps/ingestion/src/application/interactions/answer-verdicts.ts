import { Problem } from '#runtime';
import type {
  AcceptedInteraction,
  RejectedInteraction,
  Warning,
} from '../../domain/prepare-batch.js';
import type { Received } from './receive-body.js';

export interface AcceptedView {
  /** Position in the request. */
  readonly index: number;
  readonly id: string;
  /** The id was derived from the content. */
  readonly derived?: true;
  readonly warnings?: readonly Warning[];
}

export interface RejectedView {
  readonly index: number;
  readonly id?: string;
  readonly rejectionId: string;
  readonly code: string;
  readonly detail: string;
  /** JSON pointer inside the interaction. */
  readonly pointer: string;
}

/** What became of each interaction of a request. */
export interface Verdicts {
  readonly accepted: readonly AcceptedView[];
  readonly rejected: readonly RejectedView[];
}

/** Findings listed beside the verdicts when nothing was accepted. */
const ERRORS_MAX = 100;

export function verdictsOf({ batch }: Received): Verdicts {
  return { accepted: batch.accepted.map(acceptedView), rejected: batch.rejected.map(rejectedView) };
}

/** 422: none was good. Pointers in `errors` start at the body, those in `rejected` at the interaction. */
export function nothingAccepted({ batch, pointerOf }: Received): Problem {
  const errors = batch.rejected.flatMap(({ index, problems }) =>
    problems.map((problem) => ({ ...problem, pointer: `${pointerOf(index)}${problem.pointer}` })),
  );
  const [first] = errors;
  const detail =
    first === undefined
      ? 'None was valid.'
      : `None was valid; the first: ${first.pointer} ${first.detail}.`;
  return new Problem('no-valid-interaction', detail, {
    errors: errors.slice(0, ERRORS_MAX),
    members: { accepted: [], rejected: batch.rejected.map(rejectedView) },
  });
}

function acceptedView({ index, interaction, warnings }: AcceptedInteraction): AcceptedView {
  const others = warnings.filter(({ code }) => code !== 'derived');
  return {
    index,
    id: interaction.id,
    ...(others.length < warnings.length && { derived: true as const }),
    ...(others.length > 0 && { warnings: others }),
  };
}

function rejectedView({ index, rejection }: RejectedInteraction): RejectedView {
  const { id, rejectionId, code, detail, pointer } = rejection;
  return { index, id, rejectionId, code, detail, pointer };
}
