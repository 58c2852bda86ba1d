/**
 * Whether a text speaks of somebody erased. It may be anything: an interaction that was rejected, the bytes of a record that
 * nobody could read. So every value in it, and every word of it, is read as an identifier of each erased type, and every pair of a
 * source and an id as an interaction. A number in a national form is read by the region given; one of another region is missed.
 */
import { nameIdentifier, nameInteraction, normaliseIdentifier } from '#contracts';
import type { ErasedIdentifier } from '#contracts';

export interface ErasedNames {
  readonly tenant: string;
  readonly erasureId: string;
  /** ms; what was received later may speak of the same value again. */
  readonly at: number;
  readonly interactions: readonly string[];
  readonly identifiers: readonly ErasedIdentifier[];
}

export interface Said {
  readonly tenant: string;
  /** ms; undefined: not known, so early enough. */
  readonly receivedAt: number | undefined;
  readonly source?: string | undefined;
  readonly id?: string | undefined;
  readonly texts: readonly string[];
}

/** Keyed names of all that a text may speak of. */
export interface SaidNames {
  readonly interactions: readonly string[];
  readonly identifiers: readonly string[];
}

/** How words become names. Also its injection token. */
export abstract class Reading {
  abstract readonly secret: string;
  /** Default region of the phone numbers of a tenant. */
  abstract readonly regionOf: (tenant: string) => string;
}

/** `types`: of the identifiers that were erased. */
export function namesIn(said: Said, types: Iterable<string>, reading: Reading): SaidNames {
  const { tenant } = said;
  const found = new Found();
  if (said.source !== undefined && said.id !== undefined) found.pairs.push([said.source, said.id]);
  for (const text of said.texts) found.read(text);
  const region = reading.regionOf(tenant);
  const identifiers = [...types].flatMap((type) =>
    [...found.words].flatMap((word) => {
      const value = normaliseIdentifier(type, word, region);
      return value === undefined ? [] : [nameIdentifier(reading.secret, tenant, { type, value })];
    }),
  );
  const interactions = found.pairs.map(([source, id]) =>
    nameInteraction(reading.secret, { tenant, source, id }),
  );
  return { interactions, identifiers };
}

/** Some erasures, in memory. */
export class Mentions {
  private readonly byTenant = new Map<string, Known>();

  constructor(
    erasures: readonly ErasedNames[],
    private readonly reading: Reading,
  ) {
    for (const { tenant, erasureId, at, interactions, identifiers } of erasures) {
      const known = this.byTenant.get(tenant) ?? {
        interactions: new Map(),
        identifiers: new Map(),
        types: new Set(),
      };
      for (const name of interactions) known.interactions.set(name, erasureId);
      for (const { type, name } of identifiers) {
        known.types.add(type);
        known.identifiers.set(name, [...(known.identifiers.get(name) ?? []), { erasureId, at }]);
      }
      this.byTenant.set(tenant, known);
    }
  }

  /** The erasure that what is said belongs to; undefined: to none. */
  find(said: Said): string | undefined {
    const known = this.byTenant.get(said.tenant);
    if (known === undefined) return undefined;
    const { interactions, identifiers } = namesIn(said, known.types, this.reading);
    for (const name of interactions) {
      const erasureId = known.interactions.get(name);
      if (erasureId !== undefined) return erasureId;
    }
    const { receivedAt = -Infinity } = said;
    for (const name of identifiers) {
      const erasure = known.identifiers.get(name)?.find(({ at }) => receivedAt <= at);
      if (erasure !== undefined) return erasure.erasureId;
    }
    return undefined;
  }
}

interface Known {
  readonly interactions: Map<string, string>;
  readonly identifiers: Map<string, readonly { erasureId: string; at: number }[]>;
  readonly types: Set<string>;
}

/** Longer words are no identifiers. */
const WORD_MAX = 500;
const BETWEEN_WORDS = /[\s"'<>()[\]{},;:?&=/\\|\ufffd\p{Cc}]+/u;
const AROUND_WORDS = /^[.!*_~`-]+|[.!*_~`-]+$/gu;

/** What can be looked up of a text. */
class Found {
  readonly words = new Set<string>();
  readonly pairs: (readonly [source: string, id: string])[] = [];

  read(text: string): void {
    const value = parsed(text);
    if (value === undefined) this.word(text);
    else this.take(value);
  }

  private take(value: unknown): void {
    if (typeof value === 'string' || typeof value === 'number') this.word(String(value));
    if (typeof value !== 'object' || value === null) return;
    const { source, id } = value as { source?: unknown; id?: unknown };
    if (typeof source === 'string' && (typeof id === 'string' || typeof id === 'number'))
      this.pairs.push([source, String(id)]);
    // Names of members too: `{"identifiers": {"jane@example.com": "email"}}` is rejected, and kept.
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) this.word(name);
      this.take(member);
    }
  }

  private word(text: string): void {
    const parts = text.split(BETWEEN_WORDS);
    for (const word of [text, ...parts, ...parts.map((part) => part.replace(AROUND_WORDS, ''))])
      if (word !== '' && word.length <= WORD_MAX) this.words.add(word);
  }
}

/** Nested too deep for the parser is as unreadable as no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
