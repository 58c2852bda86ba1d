import {
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
  type CustomDecorator,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { KeyScope } from '#contracts';
import { Fault } from '#kernel';
import type { Principal } from './principal.js';

export const SCOPE_METADATA = 'touchline:scope';
export const PUBLIC_METADATA = 'touchline:public';

/** The scope that a key needs for this route or controller; without it a route is refused to everybody. */
export const Scope = (scope: KeyScope): CustomDecorator => SetMetadata(SCOPE_METADATA, scope);

/** Answers without a key: health, metrics, documentation. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC_METADATA, true);

/** The route gets the body's bytes as a `Buffer` instead of parsed JSON. */
export const RawBody = (): CustomDecorator => RouteConfig({ isRawBody: true });

const principals = new WeakMap<object, Principal>();

export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

/** Undefined on routes that need no key. */
export function knownPrincipal(request: FastifyRequest): Principal | undefined {
  return principals.get(request);
}

export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined)
    throw new Fault('unauthenticated', 'Send `Authorization: Bearer <key>`.');
  return principal;
}

const requestOf = (context: ExecutionContext): FastifyRequest =>
  context.switchToHttp().getRequest<FastifyRequest>();

/** Parameter: the caller's tenant id. */
export const Tenant = createParamDecorator(
  (_: unknown, context: ExecutionContext) => principalOf(requestOf(context)).tenant,
);

/** Parameter: the caller ({@link Principal}). */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  principalOf(requestOf(context)),
);
