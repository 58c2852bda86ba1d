import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyScope } from '#contracts';

const KEY_BYTES = 24;

/** A new key: 192 random bits, with its strongest scope readable, e.g. `tl_write_…`. Shown once, never stored. */
export function newApiKey(scope: KeyScope): string {
  return `tl_${scope}_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** What is stored of a key: HMAC-SHA256 with the installation's secret as pepper, hex. */
export function hashApiKey(pepper: string, key: string): string {
  return createHmac('sha256', pepper).update(`api-key\u001f${key}`).digest('hex');
}

export function isSameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The key of an `Authorization` header: Bearer, or the user of Basic (Segment clients). */
export function keyOfAuthorization(header: string | undefined): string | undefined {
  const match = /^(bearer|basic) +([^\s]+) *$/i.exec(header ?? '');
  const credential = match?.[2];
  if (match?.[1] === undefined || credential === undefined) return undefined;
  if (match[1].toLowerCase() === 'bearer') return credential;
  const user = Buffer.from(credential, 'base64').toString('utf8').split(':', 1)[0];
  return user === '' ? undefined : user;
}
