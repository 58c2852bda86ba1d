import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, TOPIC } from '#contracts';
import type { ProfileChanged } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { MemoryErasureStore } from '../adapters/memory/memory-erasure.store.js';
import { MemoryIdentityStore } from '../adapters/memory/memory-identity.store.js';
import { MemoryTenantState } from '../adapters/memory/memory-tenant.state.js';
import type { Call } from '../domain/call.js';
import type { Erasure } from '../domain/erasure.js';
import { resolveFromScratch } from '../domain/resolve-from-scratch.js';
import type { Sighting } from '../domain/resolve-from-scratch.js';
import { CompiledRules } from '../domain/rules.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
  mistold,
} from '../testing/canonical-people.fixture.js';
import { changesArbitrary, otherRulesArbitrary } from '../testing/changing-rules.fixture.js';
import { requestOf, sceneArbitrary } from '../testing/erasure-scenes.fixture.js';
import {
  SECRET,
  TENANT,
  crowdArbitrary,
  historyArbitrary,
  nameOf,
  recordOf,
  rulesArbitrary,
} from '../testing/histories.fixture.js';
import { SettleRules } from './activating/settle-rules.js';
import { ApplyErasure } from './erasing/apply-erasure.js';
import { ResolveBatch } from './resolve-batch.js';

const transaction = { query: () => Promise.reject(new Error('no database here')) } as never;
const unitOfWork = { revision: (counter: number) => counter } as never;
const secret = { value: SECRET };

/** A service of its own: its store, and what the log holds of each profile and filing. */
class Service {
  readonly store = new MemoryIdentityStore();
  readonly told = new Map<string, ProfileChanged | undefined>();
  readonly revisions = new Map<string, number>();
  private readonly erasures = new MemoryErasureStore(this.store);
  private readonly resolve = new ResolveBatch(unitOfWork, this.store, secret, this.erasures);
  private readonly apply = new ApplyErasure(unitOfWork, this.store, this.erasures, secret);
  private readonly settle = new SettleRules(
    unitOfWork,
    this.store,
    new MemoryTenantState(this.store),
    secret,
  );
  private version = 1;

  constructor(rules: CompiledRules, calls: readonly Call[] = []) {
    this.store.rulesRows.set(TENANT, rules.rules);
    for (const call of calls)
      this.store.callRows.set(call.callId, { ...call, tenant: TENANT, source: null, id: null });
  }

  async sees(batch: readonly Sighting[]): Promise<void> {
    const records = batch.map((sighting, index) => {
      const { identifiers } = sighting;
      return recordOf(sighting, index, { identifiers, data: {} });
    });
    this.hear(await this.resolve.resolve(transaction, records));
  }

  async isAskedFor(erasure: Erasure): Promise<void> {
    const applied = await this.apply.execute(transaction, requestOf(erasure));
    this.hear(applied?.outgoing ?? []);
  }

  async changesTo({ rules: other }: CompiledRules): Promise<readonly OutgoingRecord[]> {
    this.version += 1;
    const rules = { ...other, version: this.version };
    const change = { tenant: TENANT, rules };
    const { outgoing } = await this.settle.execute(transaction, change, () => undefined);
    this.store.rulesRows.set(TENANT, rules);
    this.hear(outgoing);
    for (const { headers } of outgoing) {
      expect(headers).toMatchObject({
        [HEADER.cause]: 'rules',
        [HEADER.causeRef]: String(this.version),
      });
    }
    return outgoing;
  }

  faults(): object {
    const stored = this.people();
    const calls = [...this.store.callRows.values()];
    return {
      misfiled: misfiled(stored),
      misdated: misdated(stored),
      misdescribed: misdescribed(stored, calls),
      mistold: mistold(stored, this.told),
    };
  }

  people(): Parameters<typeof canonicalStore>[0] {
    const { filingRows, identifierRows, linkRows, profileRows, decisionRows } = this.store;
    return {
      filings: [...filingRows.values()],
      identifiers: [...identifierRows.values()],
      links: [...linkRows.values()],
      profiles: [...profileRows.values()],
      decisions: decisionRows,
    };
  }

  private hear(outgoing: readonly OutgoingRecord[]): void {
    for (const { topic, key, value, headers } of outgoing) {
      if (topic === TOPIC.interactionIdentified.name) continue;
      const revision = Number(headers[HEADER.revision]);
      expect(revision).toBeGreaterThan(this.revisions.get(`${topic} ${key}`) ?? 0);
      this.revisions.set(`${topic} ${key}`, revision);
      if (topic !== TOPIC.profileChanged.name) continue;
      const body = value ? (JSON.parse(value.toString()) as ProfileChanged) : undefined;
      this.told.set(key.split('\u001f').at(-1) ?? '', body);
    }
  }
}

const NO_FAULTS = { misfiled: [], misdated: [], misdescribed: [], mistold: [] };
const RUNS = { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 500) };
const BATCH = 4;

/** Goes through the history; before batch `at` the rules change. Returns the last ones. */
async function live(
  service: Service,
  history: readonly Sighting[],
  changes: readonly { readonly rules: CompiledRules; readonly at: number }[],
): Promise<CompiledRules | undefined> {
  const batches = Math.ceil(history.length / BATCH);
  let last: CompiledRules | undefined;
  for (let turn = 0; turn <= batches; turn++) {
    for (const { rules } of changes.filter(({ at }) => Math.min(at, batches) === turn)) {
      await service.changesTo(rules);
      last = rules;
    }
    if (turn < batches) await service.sees(history.slice(turn * BATCH, (turn + 1) * BATCH));
  }
  return last;
}

describe('rules that change between batches', () => {
  it.each([
    ['conflicts', historyArbitrary],
    ['many cookies', crowdArbitrary],
  ])(
    'ends where resolving from scratch under the last rules ends: %s',
    async (_, arbitrary) => {
      await fc.assert(
        fc.asyncProperty(
          arbitrary,
          rulesArbitrary,
          changesArbitrary,
          async (history, first, changes) => {
            const service = new Service(first);
            const rules = (await live(service, history, changes)) ?? first;
            const people = resolveFromScratch({ sightings: history, calls: [], rules, nameOf });
            expect(canonicalStore(service.people())).toEqual(canonicalPeople(people));
            expect(service.faults()).toEqual(NO_FAULTS);
            if (!rules.hasLast) return;
            const lasts = [...service.people().links].map(({ pair, span }) => [pair, span.last]);
            const expected = [...people.links].map(([pair, span]) => [pair, span.last]);
            expect(Object.fromEntries(lasts)).toEqual(Object.fromEntries(expected));
          },
        ),
        RUNS,
      );
    },
    300_000,
  );

  it('ends there too when people are erased between or before them, and others call', async () => {
    await fc.assert(
      fc.asyncProperty(
        sceneArbitrary,
        fc.tuple(fc.nat(), fc.nat()),
        changesArbitrary,
        async ({ world, erasures }, cuts, changes) => {
          const service = new Service(world.rules, world.calls);
          const { sightings } = world;
          const places = erasures.map((_, index) => (cuts[index] ?? 0) % (sightings.length + 1));
          let rules = world.rules;
          for (let place = 0; place <= sightings.length; place++) {
            for (const [index, erasure] of erasures.entries())
              if (places[index] === place) await service.isAskedFor(erasure);
            for (const change of changes) {
              if ((change.at * 4) % (sightings.length + 1) !== place) continue;
              await service.changesTo(change.rules);
              ({ rules } = change);
            }
            await service.sees(sightings.slice(place, place + 1));
          }
          const people = resolveFromScratch({ ...world, erasures, rules });
          const stored = service.people();
          expect(canonicalStore(stored)).toEqual(canonicalPeople(people));
          expect(misfiled(stored)).toEqual([]);
          expect(misdated(stored)).toEqual([]);
          expect(misdescribed(stored, [...service.store.callRows.values()])).toEqual([]);
        },
      ),
      RUNS,
    );
  }, 300_000);

  it('there and back again changes nobody, and the same again is not told', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        otherRulesArbitrary,
        otherRulesArbitrary,
        async (history, one, other) => {
          const service = new Service(one);
          await service.sees(history);
          const before = canonicalStore(service.people());
          await service.changesTo(other);
          await service.changesTo(one);
          expect(canonicalStore(service.people())).toEqual(before);
          expect(await service.changesTo(one)).toEqual([]);
        },
      ),
      { numRuns: RUNS.numRuns / 4 },
    );
  }, 120_000);
});
