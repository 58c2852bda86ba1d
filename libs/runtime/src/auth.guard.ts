import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { KeyScope } from '#contracts';
import { Fault } from '#kernel';
import { hashApiKey, isSameHash, keyOfAuthorization } from './api-key.js';
import { hasScope, type Principal } from './principal.js';
import { PUBLIC_METADATA, SCOPE_METADATA, setPrincipal } from './request.js';
import type { Secret } from './secret.js';
import type { TenantDirectory } from './tenant-directory.js';

/** What everybody is with `TOUCHLINE_AUTH=off`, which configuration allows on loopback only. */
const ANYBODY: Principal = { tenant: 'default', keyId: 'auth-off', scopes: ['admin'], sources: [] };

export interface Authenticator {
  readonly directory: TenantDirectory;
  readonly secret: Secret;
  readonly isOff: boolean;
}

/** Global guard: finds the key by its keyed hash, checks the scope that the route names, remembers the caller. */
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_METADATA, targets))
      return true;
    const scope = this.reflector.getAllAndOverride<KeyScope | undefined>(SCOPE_METADATA, targets);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = authenticate(this.authenticator, request.headers.authorization);
    if (scope === undefined || !hasScope(principal, scope)) {
      throw new Fault('forbidden', `This call needs a key with the scope ${scope ?? 'none has'}.`);
    }
    setPrincipal(request, principal);
    return true;
  }
}

/** Throws `unauthenticated` unless the header holds a live key. */
export function authenticate(
  authenticator: Authenticator,
  authorization: string | undefined,
): Principal {
  if (authenticator.isOff) return ANYBODY;
  const key = keyOfAuthorization(authorization);
  if (key === undefined) throw new Fault('unauthenticated', 'Send `Authorization: Bearer <key>`.');
  const hash = hashApiKey(authenticator.secret.value, key);
  const owner = authenticator.directory.key(hash);
  if (owner === undefined || !isSameHash(owner.key.hash, hash)) {
    throw new Fault('unauthenticated', 'The API key is not known, or it was revoked.');
  }
  return {
    tenant: owner.tenant,
    keyId: owner.key.keyId,
    scopes: owner.key.scopes,
    sources: owner.key.sources,
    limits: owner.key.limits,
  };
}
