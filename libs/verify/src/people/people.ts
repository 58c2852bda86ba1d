/** Identity from scratch: the winning interactions → who they belong to. */
import { erasureOf, type Standing } from '#contracts';
import type { Archive } from '../archive.js';
import { nameOf, type Seen } from '../seen.js';
import { callsInForce } from './calls.js';
import { identifierName } from './identifier-name.js';
import { evidenceIn } from './evidence.js';
import { filingsOf, type Filed } from './owners.js';
import { solve } from './solve.js';
import { unitsOf } from './units.js';

export interface Person {
  readonly type: string;
  readonly value: string;
  readonly standing: Standing;
  readonly profileId: string;
  readonly firstSeen: Seen;
}

export interface People {
  readonly identifiers: readonly Person[];
  readonly filings: ReadonlyMap<string, Filed>;
  /** By `nameOf` the interaction. */
  readonly filingOf: ReadonlyMap<string, Filed>;
}

export function peopleIn(archive: Archive, seen: readonly Seen[]): People {
  const units = unitsOf(archive, seen);
  const evidence = evidenceIn(units, archive.rules);
  const solved = solve(evidence, callsInForce(archive, units, evidence.nodes));
  const filings = new Map<string, Filed>();
  const filingOf = new Map<string, Filed>();
  for (const unit of units) {
    for (const filed of filingsOf(unit, solved, archive)) filings.set(filed.filing, filed);
    for (const { seen, filing } of unit.members) {
      const filed = filings.get(filing);
      if (filed !== undefined) filingOf.set(nameOf(seen.interaction), filed);
    }
  }
  const living = evidence.nodes.filter((node) => erasureOf(node) === undefined);
  const identifiers = living.map(({ key, type, value, first }) => ({
    type,
    value,
    standing: solved.standingOf(key) ?? 'person',
    profileId: identifierName(archive, solved.rootOf(key) ?? { type, value }),
    firstSeen: first,
  }));
  return { identifiers, filings, filingOf };
}
