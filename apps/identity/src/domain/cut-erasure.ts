/**
 * The record of an erasure in parts that the log takes. Each part stands for itself, in any order: what finds an interaction
 * (its filing) is in the part that names it.
 */
import type { Erasure } from './erasure.js';

/** Below the megabyte that a record may have, with room for the envelope. */
const BYTES_MAX = 900_000;
/** A filing with more interactions is named in several parts. */
const INTERACTIONS_MAX = 5_000;

export type ErasurePart = Omit<Erasure, 'at' | 'erasureId'>;

/** `filingOf`: of each of its interactions. At least one part. */
export function cutErasure(
  { interactions, identifiers, filings, remains, calls }: Erasure,
  filingOf: ReadonlyMap<string, string>,
  bytesMax = BYTES_MAX,
): readonly ErasurePart[] {
  const ofFiling = new Map<string, string[]>(filings.map((filing) => [filing, []]));
  for (const hash of interactions) ofFiling.get(filingOf.get(hash) ?? '')?.push(hash);
  const pieces = [
    ...identifiers.map((identifier) => ({ ...NOTHING, identifiers: [identifier] })),
    ...calls.map((call) => ({ ...NOTHING, calls: [call] })),
    ...remains.map((one) => ({ ...NOTHING, remains: [one] })),
    ...[...ofFiling].flatMap(([filing, hashes]) =>
      chunksOf(hashes).map((chunk) => ({ ...NOTHING, filings: [filing], interactions: chunk })),
    ),
  ];
  const bins: { bytes: number; pieces: ErasurePart[] }[] = [];
  for (const piece of pieces) {
    const bytes = JSON.stringify(piece).length;
    const last = bins.at(-1);
    if (last && last.bytes + bytes <= bytesMax) {
      last.bytes += bytes;
      last.pieces.push(piece);
    } else bins.push({ bytes, pieces: [piece] });
  }
  return bins.length === 0 ? [NOTHING] : bins.map((bin) => together(bin.pieces));
}

const NOTHING: ErasurePart = {
  interactions: [],
  identifiers: [],
  filings: [],
  remains: [],
  calls: [],
};

function chunksOf(hashes: readonly string[]): string[][] {
  const chunks = [hashes.slice(0, INTERACTIONS_MAX)];
  for (let at = INTERACTIONS_MAX; at < hashes.length; at += INTERACTIONS_MAX)
    chunks.push(hashes.slice(at, at + INTERACTIONS_MAX));
  return chunks;
}

function together(pieces: readonly ErasurePart[]): ErasurePart {
  return {
    interactions: pieces.flatMap((piece) => piece.interactions),
    identifiers: pieces.flatMap((piece) => piece.identifiers),
    filings: pieces.flatMap((piece) => piece.filings),
    remains: pieces.flatMap((piece) => piece.remains),
    calls: pieces.flatMap((piece) => piece.calls),
  };
}
