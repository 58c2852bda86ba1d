import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReadCalls } from '../../application/read-calls.js';
import { request } from '../../testing/callers.fixture.js';
import type { Callers } from '../../testing/callers.fixture.js';
import { TENANT, nameOf } from '../../testing/histories.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';

let identity: IdentityOnPostgres;
let callers: Callers;

beforeAll(async () => {
  identity = await identityOnPostgres();
  callers = identity.callers;
}, 60_000);

afterAll(() => identity.close());

const name = (type: string, value: string): string => nameOf({ type, value });

async function holder(type: string, value: string): Promise<string | undefined> {
  const found = await identity.storage.unitOfWork.run((transaction) =>
    identity.reader.find(transaction, name(type, value)),
  );
  return found?.profileId;
}

describe('a merge', () => {
  const pair = { a: 'userId:anna', b: 'email:Anna@Example.com' };

  it('shows beforehand what would move, and changes nothing', async () => {
    await identity.sees(['userId:anna']);
    await identity.sees(['userId:anna', 'anonymousId:a']);
    await identity.sees(['email:anna@example.com']);
    const outcome = await callers.declare.execute('merge', request(pair, { isDryRun: true }));
    expect(outcome).toMatchObject({ dryRun: true, changed: true, together: true });
    expect(outcome.consequence).toEqual({
      profilesBefore: [name('email', 'anna@example.com'), name('userId', 'anna')].sort(),
      profilesAfter: [name('userId', 'anna')],
      moves: [
        {
          kind: 'joined',
          from: name('email', 'anna@example.com'),
          to: name('userId', 'anna'),
          identifiers: 1,
          interactions: 1,
        },
      ],
      profiles: 2,
      identifiers: 1,
      interactions: 1,
    });
    expect(await holder('email', 'anna@example.com')).toBe(name('email', 'anna@example.com'));
    const readCalls = new ReadCalls(identity.storage.unitOfWork, identity.calls);
    expect(await readCalls.execute(TENANT, { before: null, limit: 50 })).toEqual({
      items: [],
      next: null,
    });
  });

  it('joins the profiles, and the same again changes nothing', async () => {
    const first = await callers.declare.execute('merge', request(pair));
    expect(first).toMatchObject({ changed: true, together: true, state: 'in-force' });
    expect(await holder('email', 'anna@example.com')).toBe(name('userId', 'anna'));
    callers.clock.advance(1_000);
    const again = await callers.declare.execute('merge', request({ a: pair.b, b: pair.a }));
    expect(again).toMatchObject({ changed: false, together: true, call: first.call });
    const at = Date.parse(first.call.at);
    const same = await callers.declare.execute('merge', request(pair, { at }));
    expect(same).toMatchObject({ changed: false, call: first.call });
  });

  it('is undone by withdrawing it: as if it had never been made', async () => {
    const outcome = await callers.withdraw.execute(request(pair));
    expect(outcome).toMatchObject({ changed: true, together: false, state: 'withdrawn' });
    expect(outcome.consequence.interactions).toBe(1);
    expect(await holder('email', 'anna@example.com')).toBe(name('email', 'anna@example.com'));
    const { callId } = outcome.call;
    const { tenant, keyId, reason, actor, at, isDryRun } = request(pair);
    const named = { tenant, keyId, reason, actor, at, isDryRun, callId };
    expect(await callers.withdraw.execute(named)).toMatchObject({ changed: false });
    await expect(callers.withdraw.execute(request(pair))).rejects.toMatchObject({
      code: 'no-such-call',
    });
  });

  it('that is unmerged later leaves the unmerge; withdrawing that brings the merge back', async () => {
    callers.clock.advance(1_000);
    await callers.declare.execute('merge', request(pair));
    callers.clock.advance(1_000);
    const apart = await callers.declare.execute('unmerge', request(pair));
    expect(apart).toMatchObject({ together: false, state: 'in-force' });
    const older = await callers.declare.execute('merge', request(pair, { at: 500 }));
    expect(older).toMatchObject({ together: false, state: 'outranked', changed: true });
    callers.clock.advance(1_000);
    expect(await callers.withdraw.execute(request(pair))).toMatchObject({ together: true });
  });

  it('waits until both ends were seen', async () => {
    const ends = { a: 'userId:cleo', b: 'deviceId:d9' };
    await identity.sees(['userId:cleo']);
    const outcome = await callers.declare.execute('merge', request(ends));
    expect(outcome).toMatchObject({ state: 'waiting', together: false, changed: true });
    await identity.sees(['deviceId:d9']);
    expect(await holder('deviceId', 'd9')).toBe(name('userId', 'cleo'));
  });

  it('takes profile ids, which name the identifier they were made of', async () => {
    await identity.sees(['userId:dora']);
    await identity.sees(['phone:+12015550123']);
    const ends = { a: name('userId', 'dora'), b: 'phone: (201) 555-0123' };
    const outcome = await callers.declare.execute('merge', request(ends));
    expect(outcome).toMatchObject({ together: true });
    expect(await holder('phone', '+12015550123')).toBe(name('userId', 'dora'));
  });

  it.each([
    ['unknown-identifier-type', 'shoeSize:44'],
    ['unparseable-identifier', 'email:jane'],
    ['unparseable-identifier', 'jane'],
    ['blocked-identifier', 'email:null'],
    ['same-ends', ' userId:anna '],
    ['not-found', 'ffffffffffffffffffffffffffffffff'],
  ])('%s: %s', async (code, b) => {
    const asked = request({ a: 'userId:anna', b });
    await expect(callers.declare.execute('merge', asked)).rejects.toMatchObject({ code });
  });

  it('from the future is refused: nothing could ever outrank it', async () => {
    const asked = request(pair, { at: callers.clock.now() + 3_600_000 });
    await expect(callers.declare.execute('merge', asked)).rejects.toMatchObject({
      code: 'invalid-parameter',
    });
  });
});
