/** Arrivals without what is erased, and with ghosts in the rest: before anything else sees them. */
import { HEADER, haunt, nameIdentifier, nameInteraction } from '#contracts';
import type { Ghosts, NameOf } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { Fault } from '#kernel';
import type { Transaction } from '#storage';
import { Erased, readSighting } from '../../domain/erasure.js';
import { groupBy } from '../../domain/group-by.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import type { IdentityStore } from '../ports.js';
import type { Workspace } from '../resolving/workspace.js';
import { carryOut } from './carry-out.js';
import type { Erasing } from './carry-out.js';
import { reachedAgain } from './find-affected.js';
import type { KnownErasure } from './ports.js';

export interface Seen {
  readonly record: LogRecord;
  readonly sighting: Sighting;
}

export interface LeftOver {
  readonly seen: readonly Seen[];
  readonly outgoing: readonly OutgoingRecord[];
}

export interface Desk {
  readonly transaction: Transaction;
  readonly store: IdentityStore;
  readonly erasing: Erasing;
  readonly openWorkspace: () => Workspace;
}

/** One statement while nobody was erased, and no hash: that is almost always. */
export async function leaveOutErased(seen: readonly Seen[], desk: Desk): Promise<LeftOver> {
  const { erasures, secret } = desk.erasing;
  const tenants = [...new Set(seen.map(({ sighting }) => sighting.tenant))];
  const concerned = await erasures.tenants(desk.transaction, tenants);
  if (concerned.size === 0) return { seen, outgoing: [] };
  const suspects = seen.filter(({ sighting }) => concerned.has(sighting.tenant));
  const hashes = new Map(suspects.map((one) => [one, nameInteraction(secret, one.sighting)]));
  const names = suspects.flatMap(({ sighting: { tenant, identifiers } }) =>
    identifiers.map((identifier) => nameIdentifier(secret, tenant, identifier)),
  );
  const known = await erasures.known(desk.transaction, {
    interactions: [...new Set(hashes.values())],
    names: [...new Set(names)],
  });
  const erased = new Erased(known);
  const isErased = (one: Seen): boolean => erased.holds(hashes.get(one) ?? '');
  const read = (one: Seen): Seen => {
    const nameOf = (identifier: { type: string; value: string }): string =>
      nameIdentifier(secret, one.sighting.tenant, identifier);
    if (!hashes.has(one)) return one;
    const sighting = readSighting(one.sighting, erased, nameOf);
    if (sighting === one.sighting) return one;
    return { sighting, record: hauntedRecord(one, sighting, nameOf) };
  };
  const left = seen.filter((one) => !isErased(one)).map((was) => ({ was, now: read(was) }));
  const haunted = left.flatMap(({ was, now: { sighting } }) => {
    const { tenant, source, id } = sighting;
    return was.sighting === sighting ? [] : [{ tenant, source, id, hash: hashes.get(was) ?? '' }];
  });
  await erasures.keepHaunted(desk.transaction, haunted);
  return {
    seen: left.map(({ now }) => now),
    outgoing: await forgetVersions(seen.filter(isErased), known, desk),
  };
}

/** What is passed on of it. */
function hauntedRecord(
  { record, sighting: was }: Seen,
  { identifiers }: Sighting,
  nameOf: NameOf,
): LogRecord {
  const ghosts = Object.fromEntries(
    identifiers.flatMap((identifier, index) => {
      const before = was.identifiers[index];
      return before && before !== identifier ? [[nameOf(before), identifier.value]] : [];
    }),
  );
  const pairs = identifiers.map(({ type, value }) => [type, value]);
  const headers = { ...record.headers, [HEADER.identifiers]: JSON.stringify(pairs) };
  const text = record.value?.toString('utf8');
  const value = text === undefined ? null : Buffer.from(hauntBody(text, ghosts, nameOf));
  return { ...record, headers, value };
}

function hauntBody(text: string, ghosts: Ghosts, nameOf: NameOf): string {
  try {
    return haunt(text, ghosts, nameOf);
  } catch {
    throw new Fault('invalid-value', 'the body is no interaction');
  }
}

/**
 * The erasure came between two versions of an interaction, and the one that it named comes now: the other, filed elsewhere, was
 * not found then. It goes too.
 */
async function forgetVersions(
  gone: readonly Seen[],
  known: readonly KnownErasure[],
  { transaction, store, erasing, openWorkspace }: Desk,
): Promise<readonly OutgoingRecord[]> {
  if (gone.length === 0) return [];
  const named = gone.map(({ sighting }) => sighting);
  const winners = await store.winners(transaction, named);
  const outgoing: OutgoingRecord[] = [];
  // Almost never any, and then of one tenant.
  for (const [tenant, ofTenant] of groupBy(winners, (winner) => winner.tenant)) {
    const [first] = ofTenant;
    const hash = first ? nameInteraction(erasing.secret, first) : '';
    const erasureId =
      known.find(({ interactions }) => interactions.includes(hash))?.erasureId ?? '';
    const site = { transaction, store, workspace: openWorkspace() };
    const affected = await reachedAgain(site, ofTenant);
    const data = { tenant, erasureId, remains: [], calls: [], cause: 'erasure' as const };
    outgoing.push(...(await carryOut(site, affected, { data, erasing })).outgoing);
  }
  return outgoing;
}
