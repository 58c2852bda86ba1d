import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing';
import {
  BAD_INPUT_SOURCE,
  BAD_INPUTS,
  FORBIDDEN_SOURCE,
  type BadInput,
} from './domain/bad-inputs.fixture.js';
import {
  type Answer,
  interaction,
  type RunningIngestion,
  startIngestion,
} from './running-ingestion.fixture.js';

let ingestion: RunningIngestion;
let key: string;
const rejectionIds: string[] = [];

beforeAll(async () => {
  ingestion = await startIngestion();
  for (const source of [BAD_INPUT_SOURCE, FORBIDDEN_SOURCE])
    await ingestion.ask('/v1/sources', { body: { source } });
  const issued = await ingestion.ask('/v1/keys', {
    body: { name: 'table', scopes: ['write'], sources: [BAD_INPUT_SOURCE] },
  });
  key = String(issued.body['key']);
});
afterAll(() => ingestion.stop());

interface Rejected {
  readonly index: number;
  readonly rejectionId: string;
  readonly code: string;
  readonly pointer: string;
}

const rejectedIn = (answer: Answer): readonly Rejected[] =>
  (answer.body['rejected'] ?? []) as readonly Rejected[];

function expectProblem(answer: Answer, code: string): void {
  expect([answer.body['code'], answer.body['type'], answer.body['status']]).toEqual([
    code,
    `/problems/${code}`,
    answer.status,
  ]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect([Math.floor(answer.status / 100), typeof answer.body['requestId']]).toEqual([4, 'string']);
}

function expectAnswer(answer: Answer, input: BadInput): void {
  if (input.refuses === 'body') {
    expectProblem(answer, input.code);
    const [first] = answer.body['errors'] as { pointer: string }[];
    // The server refuses what is too large before it is read: no place in it can be named.
    if (input.code !== 'body-too-large') expect(first?.pointer).toBe(input.pointer);
    return;
  }
  if (input.goodNeighbours === 0) expectProblem(answer, 'no-valid-interaction');
  else
    expect([answer.status, answer.body['accepted']]).toMatchObject([
      202,
      { length: input.goodNeighbours },
    ]);
  const found = rejectedIn(answer).map(({ index, code, pointer }) => [index, code, pointer]);
  expect(found).toEqual([[input.index, input.code, input.pointer]]);
}

describe('over HTTP, a bad input gets its code and pointer and its good neighbours are accepted', () => {
  it.each(BAD_INPUTS.map((input) => [input.name, input] as const))('%s', async (_name, input) => {
    const answer = await ingestion.ask('/v1/interactions', { key, body: input.body });
    expectAnswer(answer, input);
    rejectionIds.push(...rejectedIn(answer).map(({ rejectionId }) => rejectionId));
  });

  it('and everything rejected can be read with its raw form', async () => {
    expect(rejectionIds.length).toBeGreaterThan(40);
    await eventually(async () => {
      for (const id of rejectionIds)
        expect((await ingestion.ask(`/v1/rejections/${id}`)).status).toBe(200);
    });
  });

  it.each([
    ['text/plain', 415],
    ['application/xml', 415],
    ['application/json; charset=latin1', 415],
    ['application/merge-patch+json', 415],
    ['application/json; charset=UTF-8', 202],
  ])('the content type %s is answered with %i', async (type, status) => {
    const answer = await ingestion.ask('/v1/interactions', {
      type,
      body: JSON.stringify(interaction()),
    });
    expect(answer.status).toBe(status);
  });
});

describe('damaged requests', () => {
  it('never get an answer of 5xx', async () => {
    const good = Buffer.from(
      JSON.stringify([
        interaction(),
        interaction({ id: 'i-2', data: { url: 'https://a.example/é' } }),
      ]),
    );
    const statuses = new Set<number>();
    for (const body of damaged(good, 600))
      statuses.add((await ingestion.ask('/v1/interactions', { key, body })).status);
    expect([...statuses].filter((status) => ![202, 400, 413, 422].includes(status))).toEqual([]);
  });
});

/** Bytes changed, dropped or doubled at places that a fixed linear congruence picks: the same every run. */
function* damaged(good: Buffer, count: number): Generator<Buffer> {
  let seed = 20_260_501;
  const below = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % limit;
  };
  for (let round = 0; round < count; round++) {
    const at = below(good.length);
    const span = 1 + below(12);
    const byte = Buffer.from([below(256)]);
    const middle = [byte, Buffer.alloc(0), good.subarray(at, at + span * 2)][below(3)] ?? byte;
    yield Buffer.concat([good.subarray(0, at), middle, good.subarray(at + span)]);
  }
}
