import { describe, expect, it } from '@jest/globals';
import { MemoryErasureStore } from '../adapters/memory/memory-erasure.store.js';
import type { Identifier } from '#contracts';
import type { Sighting } from '../domain/resolve-from-scratch.js';
import { CountingStore } from '../testing/counting-store.fixture.js';
import { SECRET, TENANT, nameOf, recordOf } from '../testing/histories.fixture.js';
import { ResolveBatch } from './resolve-batch.js';

const user = (value: string): Identifier => ({ type: 'userId', value });
const cookie = (value: number): Identifier => ({ type: 'anonymousId', value: `c${value}` });
const tablet: Identifier = { type: 'deviceId', value: 'tablet' };

class Shop {
  readonly store = new CountingStore();
  private sequence = 0;
  private readonly resolve = new ResolveBatch(
    { revision: (counter: number) => counter } as never,
    this.store,
    { value: SECRET },
    new MemoryErasureStore(this.store),
  );

  async sees(...visits: readonly (readonly Identifier[])[]): Promise<void> {
    const records = visits.map((identifiers) => {
      this.sequence += 1;
      const sighting: Sighting = {
        tenant: TENANT,
        source: 'web',
        id: `i${this.sequence}`,
        type: 'page.viewed',
        version: 0,
        at: this.sequence * 1_000,
        contentHash: 'h',
        conversation: undefined,
        isWithdrawn: false,
        receivedAt: 0,
        identifiers,
      };
      return recordOf(sighting, this.sequence);
    });
    await this.resolve.resolve({} as never, records);
  }

  async hasSeenCookies(who: Identifier, count: number): Promise<void> {
    await this.sees(...Array.from({ length: count }, (_, index) => [who, cookie(index)]));
  }

  /** Rows that one more batch reads and writes, and how often it loads a region. */
  async costOf(work: () => Promise<void>): Promise<object> {
    const { rowsRead, rowsWritten, regionLoads } = this.store;
    await work();
    return {
      read: this.store.rowsRead - rowsRead,
      written: this.store.rowsWritten - rowsWritten,
      regions: this.store.regionLoads - regionLoads,
    };
  }

  profileOf(identifier: Identifier): { key: number | null; id: string | undefined } {
    const key = this.store.identifierRows.get(nameOf(identifier))?.profileKey ?? null;
    return { key, id: key === null ? undefined : this.store.profileRows.get(key)?.profileId };
  }
}

describe('the quick path', () => {
  it('a new cookie costs the same rows on a person with 10 and with 500', async () => {
    const costs: object[] = [];
    for (const size of [10, 500]) {
      const shop = new Shop();
      await shop.hasSeenCookies(user('loyal'), size);
      costs.push(await shop.costOf(() => shop.sees([user('loyal'), cookie(size)])));
      expect(shop.profileOf(cookie(size)).id).toBe(nameOf(user('loyal')));
    }
    expect(costs[0]).toMatchObject({ regions: 0 });
    expect(costs[1]).toEqual(costs[0]);
  });

  it('a person beside a shared tablet still gets a new cookie without a solve', async () => {
    const shop = new Shop();
    await shop.sees([user('anna'), tablet], [user('ben'), tablet]);
    expect(await shop.costOf(() => shop.sees([user('anna'), cookie(1)]))).toMatchObject({
      regions: 0,
    });
    expect(shop.store.decisionRows).toMatchObject([{ code: 'shared-identifier' }]);
  });

  it('a claimant whose root changes is renamed in the decision about what it shares', async () => {
    const shop = new Shop();
    const a = { type: 'customerId', value: 'a' };
    const b = { type: 'customerId', value: 'b' };
    await shop.sees([a, tablet], [b, tablet]);
    await shop.sees([user('anna'), a]);
    const rivals = [user('anna'), b].map(nameOf).sort();
    expect(shop.store.decisionRows).toMatchObject([{ code: 'shared-identifier', rivals }]);
  });

  it('of a join the smaller side moves, whoever is the root and however large the other is', async () => {
    const costs: object[] = [];
    for (const size of [10, 100]) {
      const shop = new Shop();
      const devices = Array.from({ length: size }, (_, n) => ({ ...tablet, value: `${n}` }));
      await shop.sees(...devices.map((device) => [cookie(0), device]));
      await shop.sees([user('anna')]);
      const { key } = shop.profileOf(cookie(0));
      costs.push(await shop.costOf(() => shop.sees([user('anna'), cookie(0)])));
      expect(shop.profileOf(user('anna'))).toEqual({ key, id: nameOf(user('anna')) });
    }
    expect(costs[0]).toMatchObject({ regions: 0 });
    expect(costs[1]).toEqual(costs[0]);
  });

  it('the root of a join is the first in the one order, whichever side it was on', async () => {
    const shop = new Shop();
    await shop.sees([cookie(1)], [cookie(2)], [cookie(2), tablet]);
    await shop.sees([cookie(1), tablet]);
    expect(shop.store.regionLoads).toBe(0);
    expect(shop.profileOf(cookie(2)).id).toBe(nameOf(cookie(1)));
  });

  it('two people on one cookie need a solve', async () => {
    const shop = new Shop();
    await shop.sees([user('anna'), cookie(1)]);
    expect(await shop.costOf(() => shop.sees([user('ben'), cookie(1)]))).not.toMatchObject({
      regions: 0,
    });
    expect(shop.profileOf(cookie(1)).id).toBe(nameOf(cookie(1)));
  });
});
