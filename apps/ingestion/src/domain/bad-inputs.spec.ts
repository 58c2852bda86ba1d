import { describe, expect, it } from '@jest/globals';
import { BAD_INPUT_SOURCE, BAD_INPUTS, FORBIDDEN_SOURCE } from './bad-inputs.fixture.js';
import type { BadInput } from './bad-inputs.fixture.js';
import { splitBody } from './split-body.js';
import { prepareBatch } from './prepare-batch.js';
import type { SourceAccess } from './validate-interaction.js';

function sourceAccess(source: string): SourceAccess {
  if (source === BAD_INPUT_SOURCE) return { kind: 'open', region: 'US' };
  return { kind: source === FORBIDDEN_SOURCE ? 'not-allowed' : 'unknown' };
}

const bytes = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body;

function answer(input: BadInput): unknown {
  const body = splitBody(bytes(input.body));
  if (body.kind === 'refused') return { refuses: 'body', code: body.code, pointer: body.pointer };
  const receivedAt = Date.UTC(2026, 4, 1, 10, 0, 1);
  const context = {
    tenant: 'default',
    receivedAt,
    requestId: 'request-1',
    isLive: true,
    sourceAccess,
  };
  const { accepted, rejected } = prepareBatch(body.interactions, context);
  return {
    refuses: 'interaction',
    goodNeighbours: accepted.length,
    rejected: rejected.map(({ index, rejection }) => [index, rejection.code, rejection.pointer]),
  };
}

function expected({ refuses, code, pointer, goodNeighbours, index }: BadInput): unknown {
  if (refuses === 'body') return { refuses, code, pointer };
  return { refuses, goodNeighbours, rejected: [[index, code, pointer]] };
}

describe('a bad input is told apart from its good neighbours', () => {
  it('is known by at least forty names', () => {
    expect(new Set(BAD_INPUTS.map(({ name }) => name)).size).toBe(BAD_INPUTS.length);
    expect(BAD_INPUTS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(BAD_INPUTS.map((input) => [input.name, input] as const))('%s', (_name, input) => {
    expect(answer(input)).toEqual(expected(input));
  });
});
