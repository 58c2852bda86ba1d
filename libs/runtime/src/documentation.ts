import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { withAnswers } from './answers.js';
import { Problem } from './problem.js';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
};

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Touchline API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '/docs-json', dom_id: '#ui' })</script></html>`;

/** `/docs` (Swagger UI from the package, no other host is asked) and `/docs-json` (OpenAPI of the routes of this process). */
export function serveDocumentation(app: NestFastifyApplication, name: string): void {
  const fastify = app.getHttpAdapter().getInstance();
  let document: unknown;
  fastify.get(
    '/docs-json',
    () => (document ??= withAnswers(SwaggerModule.createDocument(app, description(name)))),
  );
  fastify.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  fastify.get<{ Params: { asset: string } }>('/docs/:asset', async (request, reply) => {
    const type = MEDIA_TYPES[request.params.asset];
    if (type === undefined) throw new Problem('not-found', 'There is no such file.');
    return reply.type(type).send(await readFile(join(assetFolder(), request.params.asset)));
  });
}

function description(name: string): ReturnType<DocumentBuilder['build']> {
  return new DocumentBuilder()
    .setTitle(`Touchline ${name}`)
    .setDescription('Errors are RFC 9457 problems; their `type` opens at /problems/<code>.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
}

/** swagger-ui-dist is a dependency of @nestjs/swagger, so it is resolved from there. */
function assetFolder(): string {
  const fromHere = createRequire(import.meta.url);
  const fromSwagger = createRequire(fromHere.resolve('@nestjs/swagger'));
  return dirname(fromSwagger.resolve('swagger-ui-dist/package.json'));
}
