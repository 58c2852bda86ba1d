/**
 * A rejection, edited or not → what accepting it says now. Everything but the edit and the sources is as it was when it was
 * received — instant, clock correction, derived id — so a replay gives what would have been accepted then, and replaying
 * depends on no clock. An edit of the whole may come in another format.
 */
import type { ErrorCode, InputProblem } from '#contracts';
import { parseInstant } from '#contracts';
import { mergePatch } from './merge-patch.js';
import { prepareBatch } from './prepare-batch.js';
import type { AcceptedInteraction } from './prepare-batch.js';
import type { BodyFormat } from './read-cloud-event.js';
import type { Rejection } from './rejection.js';
import { splitBody } from './split-body.js';
import type { SourceLookup } from './validate-interaction.js';

export type Edit =
  | { readonly kind: 'none' }
  /** JSON text of an RFC 7396 merge patch on what was posted. */
  | { readonly kind: 'patch'; readonly patch: string }
  | { readonly kind: 'whole'; readonly text: string; readonly format: BodyFormat };

/** Of a rejection, what its replay depends on. */
export type Replayable = Pick<Rejection, 'tenant' | 'receivedAt' | 'raw' | 'format' | 'derivedId'>;

export type ReplayOutcome =
  | { readonly kind: 'accepted'; readonly accepted: AcceptedInteraction }
  | { readonly kind: 'refused'; readonly problems: readonly [InputProblem, ...InputProblem[]] };

const NATIVE: BodyFormat = { kind: 'native' };

export function replayRejection(
  rejection: Replayable,
  edit: Edit,
  sourceAccess: SourceLookup,
): ReplayOutcome {
  const { tenant, receivedAt, derivedId } = rejection;
  const text = textOf(rejection.raw, edit);
  if (text === undefined) return refused('too-large', 'was cut when it was kept: send it whole');
  const body = splitBody(new TextEncoder().encode(text));
  if (body.kind === 'refused') return refused(body.code, body.detail, body.pointer);
  if (body.shape !== 'single') return refused('not-an-object', 'must be one interaction');
  const { accepted, rejected } = prepareBatch(body.interactions, {
    tenant,
    receivedAt: parseInstant(receivedAt) ?? 0,
    requestId: '',
    isLive: true,
    format: edit.kind === 'whole' ? edit.format : (rejection.format ?? NATIVE),
    sourceAccess,
    derivedId,
  });
  const [good] = accepted;
  if (good !== undefined) return { kind: 'accepted', accepted: good };
  const [first, ...others] = rejected.flatMap(({ problems }) => problems);
  return first === undefined
    ? refused('not-an-object', 'must be one interaction')
    : { kind: 'refused', problems: [first, ...others] };
}

/** Undefined = not all of it is there. */
function textOf(raw: string, edit: Edit): string | undefined {
  if (edit.kind === 'whole') return edit.text;
  if (edit.kind === 'none') return isJson(raw) ? raw : undefined;
  return isJson(raw) ? mergePatch(raw, edit.patch) : undefined;
}

/** What was kept is JSON text unless it was cut. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refused(code: ErrorCode, detail: string, pointer = ''): ReplayOutcome {
  return { kind: 'refused', problems: [{ code, pointer, detail }] };
}
