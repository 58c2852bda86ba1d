import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutErasure } from './cut-erasure.js';
import type { Erasure } from './erasure.js';

const word = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom('a', 'b', 'c') });

const erasureArbitrary = fc
  .record({
    filings: fc.uniqueArray(word, { maxLength: 8 }),
    identifiers: fc.uniqueArray(word, { maxLength: 8 }),
    interactions: fc.uniqueArray(fc.tuple(word, fc.nat()), { selector: ([hash]) => hash }),
  })
  .map(({ filings, identifiers, interactions }) => {
    const filed = filings.length === 0 ? [] : interactions;
    const erasure: Erasure = {
      erasureId: 'e',
      at: 1,
      interactions: filed.map(([hash]) => hash),
      identifiers: identifiers.map((name) => ({ type: 'email', name })),
      filings,
      remains: filings.map((filing) => {
        return { filing, unit: filing, isShared: false, members: [], firstAt: 1, lastAt: 2 };
      }),
      calls: [],
    };
    const filingOf = new Map(
      filed.map(([hash, pick]) => [hash, filings[pick % filings.length] ?? '']),
    );
    return { erasure, filingOf };
  });

const sorted = (texts: readonly string[]): string[] => [...texts].sort();

describe('an erasure in parts', () => {
  it('is whole together, small one by one, and names each interaction beside its filing', () => {
    fc.assert(
      fc.property(
        erasureArbitrary,
        fc.integer({ min: 300, max: 2_000 }),
        ({ erasure, filingOf }, max) => {
          const parts = cutErasure(erasure, filingOf, max);
          const all = parts.flatMap((part) => part.interactions);
          expect(sorted(all)).toEqual(sorted(erasure.interactions));
          expect(parts.flatMap(({ identifiers }) => identifiers)).toEqual(erasure.identifiers);
          expect(parts.flatMap(({ remains }) => remains)).toEqual(erasure.remains);
          expect(sorted([...new Set(parts.flatMap(({ filings }) => filings))])).toEqual(
            sorted(erasure.filings),
          );
          for (const { interactions, filings, ...part } of parts) {
            for (const hash of interactions) expect(filings).toContain(filingOf.get(hash));
            const pieces = interactions.length + filings.length + part.identifiers.length;
            if (pieces > 1 && parts.length > 1)
              expect(JSON.stringify({ interactions, filings, ...part }).length).toBeLessThan(
                max + 200,
              );
          }
          expect(parts.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
