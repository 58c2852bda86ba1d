import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeError } from './describe-error.js';
import { Problem, problemOf, retryAfterSeconds } from './problem.js';
import type { Metrics } from './metrics.js';
import type { RouteIndex } from './route-index.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Turns every exception of every route (and Fastify's own) into `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  private readonly problems;

  constructor(
    private readonly routes: RouteIndex,
    metrics: Metrics,
  ) {
    this.problems = metrics.counter({
      name: 'touchline_http_problems_total',
      help: 'Requests answered with a problem, by its code of the closed list.',
      labels: ['code'],
    });
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const known = request.is404 ? this.missing(request, reply) : error;
    const problem = problemOf(known, request.id);
    this.problems.inc({ code: problem.code });
    if (problem.status >= 500)
      this.logger.error({ requestId: request.id, ...describeError(error) });
    const retryAfter = retryAfterSeconds(problem.status);
    if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
    if (known instanceof Problem) void reply.headers(known.headers);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="touchline"');
    void reply
      .code(problem.status)
      .header('content-type', PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problem));
  }

  /** No route matched: the address is unknown, or known for other methods only. */
  private missing(request: FastifyRequest, reply: FastifyReply): Problem {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = this.routes.methodsOf(path);
    if (allowed.length === 0)
      return new Problem(
        'not-found',
        'There is nothing at this address; /docs lists what there is.',
      );
    void reply.header('allow', allowed.join(', '));
    return new Problem('method-not-allowed', `This address answers ${allowed.join(', ')}.`);
  }
}
