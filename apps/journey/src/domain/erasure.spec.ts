import { describe, expect, it } from '@jest/globals';
import { ghostsIn, refiledAs, type Refiling } from './erasure.js';

const EPOCH = 2 ** 40;
const refiling = (about: number, contentRevision: number, ghosts = {}): Refiling => ({
  tenant: 'default',
  source: 'shop',
  id: 'a',
  about,
  contentRevision,
  filing: `f:${contentRevision}`,
  profileKey: '1',
  profileId: 'p',
  filingRevision: 1,
  ghosts,
  erasureId: 'e',
});

describe('a version that was refiled', () => {
  it('is taken as the last of a chain', () => {
    const chain = [refiling(2, 3), refiling(1, 2), refiling(7, 8)];
    expect(refiledAs(1, chain)?.contentRevision).toBe(3);
    expect(refiledAs(3, chain)).toBeUndefined();
  });

  it('is found in an epoch later than the one in which it was sent', () => {
    expect(refiledAs(5, [refiling(EPOCH + 5, EPOCH + 6)])?.contentRevision).toBe(EPOCH + 6);
    expect(refiledAs(5, [refiling(EPOCH + 4, EPOCH + 5)])).toBeUndefined();
  });

  it('has the ghosts of the first erasure after its receipt, and of later refilings', () => {
    const name = (erasureId: string, at: number) => ({
      tenant: 'default',
      erasureId,
      at,
      type: 'email',
      name: 'n',
    });
    const names = [name('late', 30), name('first', 20), name('before', 10)];
    const version = { contentRevision: 1, receivedAt: 15 };
    expect(ghostsIn(version, [], names)).toEqual({ n: ' erased first n' });
    const refilings = [refiling(1, 2, { m: ' erased e m' }), refiling(0, 1, { x: 'no' })];
    expect(ghostsIn(version, refilings, [])).toEqual({ m: ' erased e m' });
  });
});
