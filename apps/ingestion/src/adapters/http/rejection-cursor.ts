import { Problem } from '#runtime';
import type { RejectionPosition } from '../../application/ports.js';

export function cursorOf(position: RejectionPosition | undefined): string | null {
  if (position === undefined) return null;
  const { receivedAt, rejectionId } = position;
  return Buffer.from(JSON.stringify([receivedAt, rejectionId])).toString('base64url');
}

export function positionOf(cursor: string | undefined): RejectionPosition | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [receivedAt, rejectionId] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) as unknown[];
    if (
      typeof receivedAt === 'string' &&
      typeof rejectionId === 'string' &&
      !Number.isNaN(Date.parse(receivedAt))
    ) {
      return {
        receivedAt: new Date(receivedAt).toISOString(),
        rejectionId: rejectionId.replaceAll('\u0000', ''),
      };
    }
  } catch {
    // falls through: not one of ours
  }
  throw new Problem('invalid-parameter', 'cursor is not the `next` of a page.', {
    errors: [{ pointer: '/cursor', code: 'invalid-parameter', detail: 'not the `next` of a page' }],
  });
}
