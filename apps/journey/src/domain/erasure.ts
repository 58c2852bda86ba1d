/**
 * Erasure as the archive meets it (decision 0010), in any order with what it is about:
 * - A *tombstone* takes every version of an interaction, for ever; where it went by age, those of a lower revision only.
 * - A *refiling* takes one version as another, with a higher revision, ghosts in it, under another filing. Refilings of a body
 *   that was refiled before make a chain. What is older than a refiling is read with its ghosts too.
 * - *Erased names* are read as ghosts in whatever was received up to their erasure.
 * So what a version is read as depends on it and on the erasures known, and not on which came first.
 */
import { counterOf, ghostOf, type ErasedIdentifier, type Ghosts } from '#contracts';
import type { Content } from './version-choice.js';

/** How an interaction went. */
export interface Passing {
  /** Of the erasure; of what went by age, the horizon. */
  readonly erasureId: string;
  /** Content of a lower revision is gone; undefined: every content is, for ever. */
  readonly until: number | undefined;
}

export type Tombstone = Content & Passing;

export function reachesFurther(a: Passing, b: Passing): boolean {
  return b.until !== undefined && (a.until === undefined || a.until > b.until);
}

/** Whether nothing may be left of content of this revision. */
export function isGone({ until }: Pick<Passing, 'until'>, revision: number): boolean {
  return until === undefined || revision < until;
}

export interface Refiling extends Content {
  /** The `contentRevision` that it takes as its own. */
  readonly about: number;
  readonly filing: string;
  readonly profileKey: string;
  readonly profileId: string;
  readonly filingRevision: number;
  readonly ghosts: Ghosts;
  readonly erasureId: string;
}

export interface ErasedName extends ErasedIdentifier {
  readonly tenant: string;
  readonly erasureId: string;
  /** ms: what was received up to then is read with ghosts. */
  readonly at: number;
}

/** What a version of this revision is taken as in the end; undefined: as itself. */
export function refiledAs(revision: number, refilings: readonly Refiling[]): Refiling | undefined {
  let found: Refiling | undefined;
  for (;;) {
    const from = found?.contentRevision ?? revision;
    const next = refilings.find((each) => isAbout(each, from));
    if (next === undefined) return found;
    found = next;
  }
}

/** A database that was restored since counts on, in a later epoch. */
function isAbout({ about, contentRevision }: Refiling, revision: number): boolean {
  return (
    contentRevision > revision && about >= revision && counterOf(about) === counterOf(revision)
  );
}

/** The first erasure after the receipt takes a name: later ones find a ghost there. */
export function ghostsIn(
  version: { readonly contentRevision: number; readonly receivedAt: number },
  refilings: readonly Refiling[],
  names: readonly ErasedName[],
): Ghosts {
  const ghosts: Record<string, string> = {};
  for (const { erasureId, at, type, name } of [...names].sort((a, b) => b.at - a.at))
    if (version.receivedAt <= at) ghosts[name] = ghostOf(erasureId, { type, name }).value;
  for (const refiling of [...refilings].sort((a, b) => b.contentRevision - a.contentRevision))
    if (refiling.contentRevision > version.contentRevision) Object.assign(ghosts, refiling.ghosts);
  return ghosts;
}
