/**
 * Everything that ingestion decides about a request, in one pure function: each posted interaction is either accepted, as a
 * record for the log, or rejected, with the reason. One never changes the other's fate.
 */
import { acceptedRecord, deriveInteractionId, formatInstant, Ordinals } from '#contracts';
import type { InputProblem, Interaction, InteractionFlag, PreparedRecord } from '#contracts';
import { readEvent } from './read-cloud-event.js';
import type { BodyFormat } from './read-cloud-event.js';
import { normaliseInteraction } from './normalise-interaction.js';
import { isKnownMember } from './raw-difference.js';
import type { PostedInteraction } from './split-body.js';
import { rejectionOf } from './rejection.js';
import type { Rejection, RejectionContext } from './rejection.js';
import { validateInteraction } from './validate-interaction.js';
import type { SourceLookup } from './validate-interaction.js';

export interface PrepareContext extends RejectionContext {
  /** Posted as it happened; false for files and replays, whose clocks are not corrected. */
  readonly isLive: boolean;
  readonly sourceAccess: SourceLookup;
  /** Handed in by who splits one file over several calls. */
  readonly ordinals?: Ordinals;
  /** The id of interactions without one, when it is known already (a replay). */
  readonly derivedId?: string;
  /** Default: native. */
  readonly format?: BodyFormat;
}

/** What was noticed while accepting. */
export interface Warning {
  readonly code: InteractionFlag | 'unknown-field';
  readonly pointer: string;
  readonly detail: string;
}

export interface AcceptedInteraction {
  /** Position in the request. */
  readonly index: number;
  readonly interaction: Interaction;
  readonly warnings: readonly Warning[];
  readonly record: PreparedRecord;
}

export interface RejectedInteraction {
  readonly index: number;
  readonly rejection: Rejection;
  /** All findings; the first is the rejection's. */
  readonly problems: readonly InputProblem[];
}

export interface PreparedBatch {
  readonly accepted: readonly AcceptedInteraction[];
  readonly rejected: readonly RejectedInteraction[];
}

export function prepareBatch(
  posted: readonly PostedInteraction[],
  context: PrepareContext,
): PreparedBatch {
  const accepted: AcceptedInteraction[] = [];
  const rejected: RejectedInteraction[] = [];
  const { ordinals = new Ordinals(), format = NATIVE } = context;
  const all = { ...context, ordinals, format, receivedAtText: formatInstant(context.receivedAt) };
  // Counted apart: what is rejected changes no id of what is accepted.
  const refusedOrdinals = new Ordinals();
  for (const [index, one] of posted.entries()) {
    const outcome = prepare(one, all);
    if (outcome.kind === 'accepted') {
      const { interaction } = outcome;
      const warnings = warningsOf(interaction);
      accepted.push({ index, interaction, warnings, record: acceptedRecord(interaction) });
    } else {
      const [problem] = outcome.problems;
      const derivedId = idOfRefused(one, format, refusedOrdinals);
      const refused = { index, value: one.value, raw: one.raw(), problem, format, derivedId };
      rejected.push({
        index,
        rejection: rejectionOf(refused, context),
        problems: outcome.problems,
      });
    }
  }
  return { accepted, rejected };
}

interface BatchContext extends PrepareContext {
  readonly ordinals: Ordinals;
  readonly format: BodyFormat;
  readonly receivedAtText: string;
}

type Problems = readonly [InputProblem, ...InputProblem[]];

type Outcome =
  | { readonly kind: 'accepted'; readonly interaction: Interaction }
  | { readonly kind: 'rejected'; readonly problems: Problems };

function prepare(one: PostedInteraction, context: BatchContext): Outcome {
  if (one.problem !== undefined) return { kind: 'rejected', problems: [one.problem] };
  const event = readEvent(one.value, context.format);
  if (event.kind === 'refused') return { kind: 'rejected', problems: [event.problem] };
  const valid = validateInteraction(event.posted, context.sourceAccess);
  if (valid.kind === 'invalid') return rejectedAt(valid.problems, event.pointerOf);
  const { tenant, receivedAt, receivedAtText, isLive, ordinals, derivedId } = context;
  const normalised = normaliseInteraction(valid.posted, {
    tenant,
    receivedAt,
    receivedAtText,
    isLive,
    ordinals,
    derivedId,
    region: valid.source.region,
    retentionDays: valid.source.retentionDays,
  });
  return normalised.kind === 'refused'
    ? rejectedAt([normalised.problem], event.pointerOf)
    : { kind: 'accepted', interaction: normalised.interaction };
}

const NATIVE: BodyFormat = { kind: 'native' };

/** As it would have been derived; from the text where the content may be too much to walk, or none. */
function idOfRefused(one: PostedInteraction, format: BodyFormat, ordinals: Ordinals): string {
  const event = one.problem === undefined ? readEvent(one.value, format) : undefined;
  return event?.kind === 'mapped' && typeof event.posted === 'object'
    ? deriveInteractionId({ ...event.posted }, ordinals)
    : deriveInteractionId({ raw: one.raw() }, ordinals);
}

function rejectedAt([first, ...others]: Problems, pointerOf: (pointer: string) => string): Outcome {
  const move = (problem: InputProblem) => ({
    ...problem,
    pointer: pointerOf(problem.pointer),
  });
  return { kind: 'rejected', problems: [move(first), ...others.map(move)] };
}

const WARNINGS: Readonly<Record<InteractionFlag, readonly [pointer: string, detail: string]>> = {
  derived: ['/id', 'came without id: one was derived from the content'],
  'clock-suspect': ['/sentAt', 'is more than 24 h off: nothing was corrected'],
  'clock-corrected': ['/occurredAt', 'was corrected by what the sender’s clock is off'],
  'future-clamped': ['/occurredAt', 'lay ahead of its receipt and was set to it'],
  'unparseable-identifier': [
    '/identifiers',
    'holds a value that cannot be read as its type; it is not used',
  ],
  'blocked-conversation': ['/conversation', 'is a placeholder and not used'],
};

function warningsOf(interaction: Interaction): readonly Warning[] {
  const { flags, original } = interaction;
  if (flags === undefined && original === undefined) return [];
  const warnings = (flags ?? []).map((code): Warning => {
    const [pointer, detail] = WARNINGS[code];
    return { code, pointer, detail };
  });
  const unknown = Object.keys(original ?? {}).filter(isUnknownMember);
  const detail = 'is not a member of the contract: kept with the raw form only';
  return [
    ...warnings,
    ...unknown.map((pointer): Warning => ({ code: 'unknown-field', pointer, detail })),
  ];
}

function isUnknownMember(pointer: string): boolean {
  const [empty, member = ''] = pointer.split('/');
  return empty === '' && pointer !== '' && !isKnownMember(member);
}
