/**
 * Erasure of a person. Whatever the person sent is gone, and what it kept apart or together stays so: nobody gains.
 * - Interactions filed under the profile are dropped, for ever: by the keyed hash of (source, id), whatever the version.
 * - Its identifiers, in whatever was received up to the erasure, are read as *ghosts*: identifiers of the same type whose value
 *   is a mark. Received later they are what they say: a new person begins.
 * - Its filings *remain* as evidence without interactions: names, types, two instants. So links, hubs, wide and crowded
 *   conversations come out as before. They give a ghost its first sight, and nobody else.
 * - Calls about it stay as calls about ghosts, without words.
 * - A ghost fits only ghosts of its own erasure (`group.ts`), owns nothing, and is shown to nobody.
 * So an erasure is data: all of it is in its record, and it reads the same before, between and after the interactions.
 */
import { erasureOf, ghostOf } from '#contracts';
import type { ErasedIdentifier, Identifier, NameOf } from '#contracts';
import type { Call } from './call.js';
import type { FilingEvidence, Member } from './links.js';

/** A filing that lost its interactions. */
export interface Remains {
  readonly filing: string;
  readonly unit: string;
  /** Others speak in the conversation too (it is too wide to be anybody's): there it still counts. */
  readonly isShared: boolean;
  /** Erased ones by the name that they had; `erasureId`: by this erasure, or an earlier one. */
  readonly members: readonly (ErasedIdentifier & { readonly erasureId?: string })[];
  /** ms */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Erasure {
  readonly erasureId: string;
  /** ms; what was received up to then is erased. */
  readonly at: number;
  /** Keyed hashes of (source, id). */
  readonly interactions: readonly string[];
  readonly identifiers: readonly ErasedIdentifier[];
  /** Where the interactions were filed. */
  readonly filings: readonly string[];
  readonly remains: readonly Remains[];
  /** About ghosts; a call by a person keeps its id and takes the place of the call. */
  readonly calls: readonly Call[];
}

/** Neither a ghost nor one that is known by what remains only: readers show nothing else. */
export function isShown(identifier: Pick<Identifier, 'value'>): boolean {
  return identifier.value !== '' && erasureOf(identifier) === undefined;
}

/** What is erased, by hash and by name: as much of it as the caller has in hand. */
export class Erased {
  private readonly interactions: ReadonlySet<string>;
  private readonly byName = new Map<string, Pick<Erasure, 'erasureId' | 'at'>[]>();

  constructor(
    erasures: readonly Pick<Erasure, 'erasureId' | 'at' | 'interactions' | 'identifiers'>[],
  ) {
    this.interactions = new Set(erasures.flatMap((erasure) => erasure.interactions));
    for (const { erasureId, at, identifiers } of [...erasures].sort((a, b) => a.at - b.at)) {
      for (const name of new Set(identifiers.map((identifier) => identifier.name))) {
        const known = this.byName.get(name) ?? [];
        this.byName.set(name, [...known, { erasureId, at }]);
      }
    }
  }

  holds(interaction: string): boolean {
    return this.interactions.has(interaction);
  }

  /** As it is to be read in something received at `receivedAt`: by the first erasure after that. */
  read(identifier: Identifier, name: string, receivedAt: number): Identifier {
    const erasure = this.byName.get(name)?.find(({ at }) => receivedAt <= at);
    return erasure ? ghostOf(erasure.erasureId, { type: identifier.type, name }) : identifier;
  }
}

/** The sighting with ghosts in it. */
export function readSighting<
  Seen extends { readonly identifiers: readonly Identifier[]; readonly receivedAt: number },
>(sighting: Seen, erased: Erased, nameOf: NameOf): Seen {
  const identifiers = sighting.identifiers.map((identifier) =>
    erased.read(identifier, nameOf(identifier), sighting.receivedAt),
  );
  const isSame = identifiers.every((one, index) => one === sighting.identifiers[index]);
  return isSame ? sighting : { ...sighting, identifiers };
}

/** Of a filing that remains, and of a unit that is all remains: what is said there later meets no ghosts. */
export function nameRemains(erasureId: string, was: string): string {
  return `e:${erasureId}:${was}`;
}

export function isRemains(filing: string): boolean {
  return filing.startsWith('e:');
}

/**
 * Remains as filings. A living member has its name only, no value: it stands for what others still say of it, and for nothing
 * when nobody does.
 */
export function filingsOfRemains(
  { erasureId, remains }: Pick<Erasure, 'erasureId' | 'remains'>,
  nameOf: NameOf,
): readonly (FilingEvidence & { readonly unit: string })[] {
  return remains.map(({ filing, unit, isShared, members, firstAt, lastAt }) => ({
    filing: nameRemains(erasureId, filing),
    unit: isShared ? unit : nameRemains(erasureId, unit),
    members: members.map((member): Member => {
      if (member.erasureId === undefined)
        return { type: member.type, name: member.name, value: '' };
      const ghost = ghostOf(member.erasureId, member);
      return { ...ghost, name: nameOf(ghost) };
    }),
    span: {
      first: { at: firstAt, source: '', id: '' },
      last: { at: lastAt, source: '', id: '' },
    },
  }));
}
