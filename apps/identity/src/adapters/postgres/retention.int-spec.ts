import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolveFromScratch } from '../../domain/resolve-from-scratch.js';
import type { Sighting } from '../../domain/resolve-from-scratch.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import {
  canonicalPeople,
  canonicalStore,
  misdated,
  misdescribed,
  misfiled,
} from '../../testing/canonical-people.fixture.js';
import { requestOf, sceneArbitrary } from '../../testing/erasure-scenes.fixture.js';
import { horizonsArbitrary, keptFrom } from '../../testing/expiring.fixture.js';
import { TENANT } from '../../testing/histories.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import { PostgresExpiryStore } from './postgres-expiry.store.js';

let identity: IdentityOnPostgres;

beforeAll(async () => {
  identity = await identityOnPostgres();
}, 60_000);

afterAll(() => identity.close());

async function work(history: readonly Sighting[]): Promise<void> {
  for (let from = 0; from < history.length; from += 3)
    await identity.resolve(history.slice(from, from + 3));
}

describe('retention on Postgres', () => {
  it('beside three workers and erasures, ends where a world without the expired ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        sceneArbitrary,
        horizonsArbitrary,
        async ({ world, erasures }, [first, last]) => {
          const { sightings, rules } = world;
          await identity.startOver(rules);
          const parts = [0, 1, 2].map((part) => sightings.filter((_, index) => index % 3 === part));
          await Promise.all([
            ...parts.map(work),
            identity.expire(first),
            ...erasures.map((one) => identity.erase(requestOf(one))),
          ]);
          await identity.expire(last);
          const calls = erasures.flatMap((erasure) => erasure.calls);
          const bare = {
            ...world,
            calls: [],
            erasures: erasures.map((one) => ({ ...one, calls })),
            sightings: keptFrom(last, sightings),
          };
          const kept = await identity.people();
          expect(canonicalStore(kept)).toEqual(canonicalPeople(resolveFromScratch(bare)));
          expect(misfiled(kept)).toEqual([]);
          expect(misdated(kept)).toEqual([]);
          expect(misdescribed(kept, kept.calls)).toEqual([]);
        },
      ),
      { numRuns: Number(process.env['IDENTITY_PG_RUNS'] ?? 50) },
    );
  }, 120_000);

  it('says before what would go, by month, and whose all would', async () => {
    await identity.startOver(new CompiledRules(DEFAULT_RULES));
    const march = Date.UTC(2026, 2, 31, 23);
    const april = Date.UTC(2026, 3, 1, 1);
    await identity.sees(['userId:anna', 'anonymousId:a'], { at: march });
    await identity.sees(['userId:anna'], { at: april });
    await identity.sees(['userId:anna'], { at: april + 1, isWithdrawn: true });
    await identity.sees(['userId:bert'], { at: april });
    await identity.sees(['userId:anna'], { at: Date.UTC(2026, 4, 1) });
    const expiries = new PostgresExpiryStore();
    const preview = (horizon: number) =>
      identity.storage.unitOfWork.run((transaction) =>
        expiries.preview(transaction, { tenant: TENANT, horizon }),
      );
    const months = [
      { month: '2026-03', interactions: 1 },
      { month: '2026-04', interactions: 3 },
    ];
    const all = { interactions: 4, profiles: 1, months };
    expect(await preview(Date.UTC(2026, 4, 1))).toEqual(all);
    expect(await preview(march)).toEqual({ interactions: 0, profiles: 0, months: [] });

    await identity.expire(Date.UTC(2026, 4, 1));
    const { identifiers } = await identity.people();
    expect([...identifiers].flatMap(({ value }) => value || [])).toEqual(['anna']);
    expect(await preview(Date.UTC(2026, 4, 1))).toMatchObject({ interactions: 0 });
  });

  it('keeps a consent that stands, and who gave it, until it is withdrawn', async () => {
    await identity.startOver(new CompiledRules(DEFAULT_RULES));
    const consent = { source: 'web', id: 'consent', type: 'consent.changed', at: 1_000 };
    await identity.sees(['userId:anna'], consent);
    await identity.sees(['userId:bert'], { at: 1_000 });
    const preview = () =>
      identity.storage.unitOfWork.run((transaction) =>
        new PostgresExpiryStore().preview(transaction, { tenant: TENANT, horizon: 5_000 }),
      );
    expect(await preview()).toMatchObject({ interactions: 1, profiles: 1 });
    await identity.expire(5_000);
    const values = async () =>
      [...(await identity.people()).identifiers].flatMap(({ value }) => value || []);
    expect(await values()).toEqual(['anna']);
    expect(await preview()).toMatchObject({ interactions: 0, profiles: 0 });

    await identity.sees(['userId:anna'], { ...consent, version: 1, isWithdrawn: true });
    await identity.expire(6_000);
    expect(await values()).toEqual([]);
  });

  it('takes the words for who is gone out of the log of calls, and leaves the rest of it', async () => {
    await identity.startOver(new CompiledRules(DEFAULT_RULES));
    await identity.sees(['email:old@x.org'], { at: 1_000 });
    await identity.sees(['userId:anna'], { at: 9_000 });
    const said = {
      reason: 'she said so',
      actor: 'ann',
      keyId: 'k',
      isDryRun: false,
      at: undefined,
      tenant: TENANT,
    };
    await identity.callers.declare.execute('merge', {
      ...said,
      a: 'email:old@x.org',
      b: 'userId:anna',
    });
    await identity.expire(5_000);
    const entries = await identity.storage.unitOfWork.read<Record<string, unknown>>(
      'SELECT said_a, said_b, reason, actor FROM call_entry',
    );
    expect(entries).toHaveLength(1);
    expect(JSON.stringify(entries)).not.toContain('old@x.org');
    expect(Object.values(entries[0] ?? {})).toEqual(
      expect.arrayContaining(['userId:anna', 'she said so', 'ann']),
    );
  });
});
