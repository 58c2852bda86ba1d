import { BadRequestException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '#contracts';
import { Fault } from '#kernel';
import { describeError, redact } from './describe-error.js';
import { Problem, problemOf, retryAfterSeconds } from './problem.js';

const fastifyError = (code: string, statusCode: number): Error =>
  Object.assign(new Error('jane@example.com'), { code, statusCode });

describe('a problem', () => {
  it.each(Object.keys(ERRORS))('of code %s has its status, title and page', (code) => {
    expect(problemOf(new Fault(code, 'why'), 'r1')).toMatchObject({
      type: `/problems/${code}`,
      code,
      detail: 'why',
      requestId: 'r1',
      errors: [],
      status: ERRORS[code as keyof typeof ERRORS].status,
    });
  });

  it('carries errors and members, but no member replaces a standard one', () => {
    const problem = new Problem('no-valid-interaction', 'none', {
      errors: [{ pointer: '/0/type', code: 'missing-field', detail: 'is required' }],
      members: { rejected: [1], status: 200 },
    });
    expect(problemOf(problem, 'r')).toMatchObject({
      status: 422,
      rejected: [1],
      errors: [{ pointer: '/0/type' }],
    });
  });

  it.each([
    [new BadRequestException('jane@example.com'), 'malformed-request'],
    [new NotFoundException(), 'not-found'],
    [fastifyError('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'body-too-large'],
    [fastifyError('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 'unsupported-media-type'],
    [fastifyError('FST_ERR_WHATEVER', 400), 'malformed-request'],
    [fastifyError('FST_ERR_WHATEVER', 500), 'internal'],
    [new Error('jane@example.com'), 'internal'],
    [new Fault('unknown-code', 'jane@example.com'), 'internal'],
    [new Fault('log-broken', 'jane@example.com', { retriable: true }), 'unavailable'],
    ['thrown text jane@example.com', 'internal'],
    [undefined, 'internal'],
  ])('of %p has code %s and shows no text that is not ours', (error, code) => {
    const problem = problemOf(error, 'r');
    expect(problem.code).toBe(code);
    expect(JSON.stringify(problem)).not.toContain('jane');
  });

  it('that may pass says when to try again', () => {
    expect([retryAfterSeconds(429), retryAfterSeconds(503), retryAfterSeconds(422)]).toEqual([
      1,
      2,
      undefined,
    ]);
  });
});

describe('what is logged of an error', () => {
  it('holds no quoted text, address or long number', () => {
    const text =
      'invalid input "jane@example.com" for jane@example.com, Key (email)=(jane) +49 30 1234567';
    expect(redact(text)).not.toMatch(/jane|1234567/);
  });

  it('keeps name, code, cause and frames', () => {
    const cause = Object.assign(new Error("duplicate 'jane'"), { code: '23505' });
    const described = describeError(new Error('failed', { cause }));
    expect(described).toMatchObject({
      error: 'Error',
      message: 'failed',
      cause: { code: '23505' },
    });
    expect(JSON.stringify(described)).not.toContain('jane');
    expect(JSON.stringify(described)).toContain('problem.spec');
  });
});
