import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secret } from '#runtime';
import { decodePosition, encodePosition } from '../../domain/stream-position.js';
import type { StreamPosition } from '../../domain/stream-position.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_MAX = 16_384;

/**
 * Event ids: positions sealed for one tenant, since offsets tell how much all tenants send. Sealed under the installation's secret: any
 * process of it reads what another one gave out.
 */
@Injectable()
export class StreamIds {
  private readonly key: Buffer;

  constructor(secret: Secret) {
    this.key = Buffer.from(hkdfSync('sha256', secret.value, '', 'touchline stream ids', 32));
  }

  seal(tenant: string, position: StreamPosition): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce).setAAD(Buffer.from(tenant));
    const sealed = [cipher.update(encodePosition(position)), cipher.final()];
    return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined: nothing that was sealed for this tenant. */
  open(tenant: string, id: string): StreamPosition | undefined {
    const bytes = Buffer.from(id.slice(0, LENGTH_MAX), 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(tenant))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return decodePosition(Buffer.concat([body, decipher.final()]));
    } catch {
      return undefined;
    }
  }
}
