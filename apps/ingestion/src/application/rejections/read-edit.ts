import { Problem } from '#runtime';
import { bodyFormat } from '../../domain/read-cloud-event.js';
import type { Edit } from '../../domain/replay-rejection.js';
import { splitBody } from '../../domain/split-body.js';
import { type PostedBody, refusedBody, unreadableType } from '../interactions/receive-body.js';

const PATCH_TYPE = /^application\/merge-patch\+json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** Body of a replay: empty or `{}` = as it was posted; a merge patch by its content type; else the interaction in full. */
export function readEdit({ bytes, headers }: PostedBody): Edit {
  if (bytes.length === 0) return { kind: 'none' };
  const isPatch = PATCH_TYPE.test(String(headers['content-type'] ?? '').trim());
  const format = bodyFormat(headers);
  if (format === undefined && !isPatch) throw unreadableType();
  const body = splitBody(bytes);
  if (body.kind === 'refused') throw refusedBody(body);
  const [one] = body.interactions;
  if (body.shape !== 'single' || one === undefined || !isObject(one.value)) {
    throw notOne(isPatch ? 'A merge patch is one JSON object.' : 'Send one interaction.');
  }
  if (Object.keys(one.value).length === 0) return { kind: 'none' };
  if (format === undefined) return { kind: 'patch', patch: one.raw() };
  return { kind: 'whole', text: one.raw(), format };
}

function notOne(detail: string): Problem {
  return new Problem('not-an-object', detail, {
    errors: [{ pointer: '', code: 'not-an-object', detail }],
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
