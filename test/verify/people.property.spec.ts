/** Identity, written twice: the people of verify are those of the service, whatever was seen. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { erasureOf, type ErasureRequested, type Interaction } from '#contracts';
import { type Archive, contentHashOf, recompute, rowKey, type Rules, type Tables } from '#verify';
import { Erased, readSighting } from '../../apps/identity/src/domain/erasure.js';
import {
  resolveFromScratch,
  type Sighting,
  type World,
} from '../../apps/identity/src/domain/resolve-from-scratch.js';
import { nameBareUnit } from '../../apps/identity/src/domain/identifier.js';
import type { CompiledRules } from '../../apps/identity/src/domain/rules.js';
import {
  requestOf,
  sceneArbitrary,
} from '../../apps/identity/src/testing/erasure-scenes.fixture.js';
import { hashOf } from '../../apps/identity/src/testing/erasing.fixture.js';
import {
  historyArbitrary,
  identifierArbitrary,
  nameOf,
  rulesArbitrary,
  SECRET,
  TENANT,
} from '../../apps/identity/src/testing/histories.fixture.js';

const RUNS = 1_000;

const callsArbitrary = fc.array(
  fc.record({
    kind: fc.constantFrom('merge' as const, 'merge' as const, 'unmerge' as const),
    a: identifierArbitrary.map(nameOf),
    b: identifierArbitrary.map(nameOf),
    at: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 5 },
);

function interactionOf(sighting: Sighting): Interaction {
  const { tenant, source, id, type, identifiers, conversation, version, isWithdrawn } = sighting;
  const occurredAt = new Date(sighting.at).toISOString();
  return {
    tenant,
    source,
    id,
    type,
    channel: 'web',
    occurredAt,
    receivedAt: occurredAt,
    identifiers,
    ...(conversation === undefined ? {} : { conversation }),
    data: {},
    version,
    ...(isWithdrawn ? { withdrawn: true as const } : {}),
  };
}

function archiveOf(
  interactions: readonly Interaction[],
  calls: Archive['calls'],
  { rules }: CompiledRules,
  erasures: readonly ErasureRequested[] = [],
): Archive {
  return {
    tenant: TENANT,
    secret: SECRET,
    settings: {
      zone: 'UTC',
      region: 'US',
      serviceLevelMs: 20_000,
      issueWindowDays: 7,
      sessionInactivityMs: 1_800_000,
      shortAbandonMs: 5_000,
    },
    rules: rules as Rules,
    calls,
    erasures,
    interactions,
    watermark: 0,
  };
}

/** People as the service's own oracle has them, in the form of the canonical dump. */
function peopleOf(world: World) {
  const people = resolveFromScratch(world);
  const rootOf = new Map(
    people.profiles.flatMap(({ root, members }) => members.map((name) => [name, root] as const)),
  );
  const living = [...people.firstSeen.values()].filter((node) => erasureOf(node) === undefined);
  const identifiers = living.map(
    ({ name, type, value, first }) =>
      [
        rowKey(`${type}:${value}`),
        {
          standing: people.standings.get(name),
          profileId: rootOf.get(name),
          firstSeen: [new Date(first.at).toISOString(), first.source, first.id],
        },
      ] as const,
  );
  const owners = [...people.owners].map(
    ([filing, owner]) => [filing, owner === null ? undefined : rootOf.get(owner)] as const,
  );
  return { identifiers: new Map(identifiers), owners: new Map(owners) };
}

describe('people', () => {
  it('are those of the service, for every history, calls and rules', () => {
    fc.assert(
      fc.property(historyArbitrary, callsArbitrary, rulesArbitrary, (history, calls, rules) => {
        const interactions = history.map(interactionOf);
        const sightings = history.map((sighting, index) => ({
          ...sighting,
          contentHash: contentHashOf(interactions[index] as Interaction),
        }));
        const tables = recompute(archiveOf(interactions, calls, rules));
        const said = calls.map((call, index) => ({ ...call, callId: String(index) }));
        expectSame(tables, peopleOf({ sightings, calls: said, rules, nameOf }));
      }),
      { numRuns: RUNS },
    );
  });

  it('are those of the service where some were erased', () => {
    fc.assert(
      fc.property(sceneArbitrary, ({ world, erasures }) => {
        const erased = new Erased(erasures);
        const left = world.sightings
          .filter((sighting) => !erased.holds(hashOf(sighting)))
          .map((sighting) => readSighting(sighting, erased, nameOf))
          .map((sighting) => {
            const interaction = interactionOf(sighting);
            const contentHash = contentHashOf(interaction);
            return { sighting: { ...sighting, contentHash }, interaction };
          });
        const replaced = new Set(erasures.flatMap(({ calls }) => calls.map((one) => one.callId)));
        const standing = world.calls.filter(({ callId }) => !replaced.has(callId));
        const archive = archiveOf(
          left.map(({ interaction }) => interaction),
          standing as Archive['calls'],
          world.rules,
          erasures.map(requestOf),
        );
        const sightings = left.map(({ sighting }) => sighting);
        expectSame(recompute(archive), peopleOf({ ...world, sightings, erasures }));
      }),
      { numRuns: RUNS },
    );
  });

  it('of nobody are named for their unit', () => {
    const bare = { ...interactionOf(SIGHTING), conversation: undefined, identifiers: [] };
    const { 'identity.filings': filings } = recompute(archiveOf([bare], [], RULES));
    const [[filing, row] = ['', {}]] = filings;
    expect(row).toEqual({ anchor: filing, profileId: nameBareUnit(SECRET, TENANT, filing) });
  });
});

function expectSame(tables: Tables, people: ReturnType<typeof peopleOf>): void {
  expect(tables['identity.identifiers']).toEqual(people.identifiers);
  const filings = tables['identity.filings'] as ReadonlyMap<string, { profileId: string }>;
  expect([...filings.keys()].sort()).toEqual([...people.owners.keys()].sort());
  for (const [filing, owner] of people.owners) {
    const { profileId } = filings.get(filing) ?? {};
    if (owner !== undefined) expect(profileId).toBe(owner);
    else expect([...rootsIn(tables['identity.identifiers'])]).not.toContain(profileId);
  }
}

const [SIGHTING] = fc.sample(historyArbitrary, 1)[0] as [Sighting];
const [RULES] = fc.sample(rulesArbitrary, 1) as [CompiledRules];

function rootsIn(identifiers: ReadonlyMap<string, object>): Set<unknown> {
  return new Set([...identifiers.values()].map((row) => Reflect.get(row, 'profileId')));
}
