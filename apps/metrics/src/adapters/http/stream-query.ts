import { STREAM_FAMILIES, STREAM_TYPES, streamTypesNamed } from '#contracts';
import type { StreamType } from '#contracts';
import { Problem } from '#runtime';
import type { RawQuery } from './kpi-query.js';

const KNOWN = [...STREAM_TYPES.map(({ name }) => name), ...STREAM_FAMILIES].join(', ');

export interface StreamQuery {
  readonly types: readonly StreamType[];
  readonly isFromStart: boolean;
}

export function streamQuery(query: RawQuery): StreamQuery {
  const unknown = Object.keys(query).find((name) => name !== 'types' && name !== 'from');
  if (unknown !== undefined) throw invalid('', 'The stream takes types and from.');
  const { types, from } = query;
  if (from !== undefined && from !== 'start' && from !== 'end')
    throw invalid('from', 'from takes: start, end');
  return { types: typesAsked(types), isFromStart: from === 'start' };
}

function typesAsked(asked: unknown): readonly StreamType[] {
  if (asked === undefined) return STREAM_TYPES;
  const names = [asked]
    .flat()
    .flatMap((text) => String(text).split(','))
    .map((name) => name.trim());
  const types = streamTypesNamed(names);
  if (types === undefined) throw invalid('types', `types takes any of: ${KNOWN}`);
  return types;
}

export function invalid(parameter: string, detail: string): Problem {
  return new Problem('invalid-parameter', detail, {
    errors: [{ pointer: `/${parameter}`, code: 'invalid-parameter', detail }],
  });
}
