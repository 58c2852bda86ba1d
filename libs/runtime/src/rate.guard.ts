import { SetMetadata } from '@nestjs/common';
import type { CanActivate, CustomDecorator, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimiter } from './rate-limiter.js';
import { knownPrincipal } from './request.js';

const METERED_METADATA = 'touchline:metered';

/** The route counts its interactions, and the request with them: one round trip. */
export const Metered = (): CustomDecorator => SetMetadata(METERED_METADATA, true);

/** Global guard, behind the one that finds the caller: counts requests of keys that are limited. */
export class RateGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limiter: RateLimiter,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const http = context.switchToHttp();
    const principal = knownPrincipal(http.getRequest<FastifyRequest>());
    const rates = principal && this.limiter.ratesOf(principal);
    if (principal === undefined || rates === undefined) return true;
    const isMetered = this.reflector.get<boolean | undefined>(
      METERED_METADATA,
      context.getHandler(),
    );
    if (isMetered === true && rates.interactions !== undefined) return true;
    const reply = http.getResponse<FastifyReply>();
    return this.limiter.take(principal, reply, { requests: 1 }).then(() => true);
  }
}
