import { describe, expect, it } from '@jest/globals';
import { appendingContract } from './contract/appending.contract.js';
import { followingContract } from './contract/following.contract.js';
import { groupsContract } from './contract/groups.contract.js';
import { useLog } from './contract/log-harness.fixture.js';
import type { LogUnderTest } from './contract/log-harness.fixture.js';
import { offsetsContract } from './contract/offsets.contract.js';
import { subscribingContract } from './contract/subscribing.contract.js';

/** The promises of the port. Each adapter's int-spec runs all of them. */
export function eventLogContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`the event log on ${name}`, () => {
    const harness = useLog(name, open);

    appendingContract(harness);
    subscribingContract(harness);
    offsetsContract(harness);
    groupsContract(harness);
    followingContract(harness);

    it('says what it is', async () => {
      expect(await harness.log.describe()).toContain(name);
    });
  });
}
