/**
 * What is left of the erased: filings without interactions. Two sights each (the first and the last), that nobody made. The
 * living are named in them by keyed hash: by what is in the archive, else as somebody of whom only the type is known.
 */
import { ghostOf, type Identifier, type Interaction } from '#contracts';
import type { Archive } from '../archive.js';
import type { Seen } from '../seen.js';
import { identifierName } from './identifier-name.js';

export interface Remains {
  /** Of a conversation in which others speak too, the conversation; else its own. */
  readonly unit: string;
  readonly identifiers: readonly Identifier[];
  readonly sights: readonly Seen[];
}

export function remainsIn(archive: Archive, carried: readonly Identifier[]): Remains[] {
  const known = new Map(
    carried.map((identifier) => [identifierName(archive, identifier), identifier]),
  );
  const filings = new Map<string, Remains>();
  for (const { erasureId, remains } of archive.erasures ?? []) {
    for (const { filing, unit, isShared, members, firstAt, lastAt } of remains) {
      filings.set(JSON.stringify([erasureId, filing]), {
        unit: isShared ? unit : JSON.stringify([erasureId, unit]),
        identifiers: members.map(({ type, name, erasureId: by }) =>
          by === undefined
            ? (known.get(name) ?? { type, value: ` known as ${name}` })
            : ghostOf(by, { type, name }),
        ),
        sights: [sightAt(firstAt), sightAt(lastAt)],
      });
    }
  }
  return [...filings.values()];
}

/** Before anything that somebody saw at the same instant. */
function sightAt(at: number): Seen {
  const interaction = { source: '', id: '', identifiers: [] } as unknown as Interaction;
  return { interaction, at, contentHash: '', isWithdrawn: false };
}
