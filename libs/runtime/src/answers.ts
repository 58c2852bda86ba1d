import type { OpenAPIObject } from '@nestjs/swagger';
import { ANSWERS_JSON, ERRORS } from '#contracts';

interface Answer {
  readonly status: number;
  /** Absent: no body, or one that is no JSON. */
  readonly schema?: object;
}

interface Operation {
  responses?: Record<string, { description?: string; content?: object }>;
}

const ANSWERS = JSON.parse(ANSWERS_JSON) as Readonly<Record<string, Answer>>;
const CODE = { type: 'string', enum: Object.keys(ERRORS) };
const TEXT = { type: 'string' };

/** As `ProblemDocument`; some codes bring more members. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'errors', 'requestId'],
  properties: {
    type: TEXT,
    title: TEXT,
    status: { type: 'number' },
    code: CODE,
    detail: TEXT,
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: { pointer: TEXT, code: CODE, detail: TEXT },
      },
    },
    requestId: TEXT,
  },
};
const REFUSAL = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The document with what each call answers: by the types that its method returns, and problems. */
export function withAnswers(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item as Record<string, Operation>))
      answer(operation, ANSWERS[`${method.toUpperCase()} ${path}`]);
  const schemas = { ...document.components?.schemas, Problem: PROBLEM };
  return { ...document, components: { ...document.components, schemas } } as OpenAPIObject;
}

function answer(operation: Operation, known: Answer | undefined): void {
  if (known === undefined) return;
  const responses = operation.responses ?? {};
  const name = String(known.status);
  responses[name] ??= { description: '' };
  if (known.schema !== undefined)
    for (const [status, response] of Object.entries(responses))
      if (status.startsWith('2'))
        response.content = { ...response.content, 'application/json': { schema: known.schema } };
  operation.responses = { ...responses, default: REFUSAL };
}
