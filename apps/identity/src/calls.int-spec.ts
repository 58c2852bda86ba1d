import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, TOPIC } from '#contracts';
import { eventually } from '#testing';
import { startIdentity } from './testing/running-identity.fixture.js';
import type { RunningIdentity } from './testing/running-identity.fixture.js';

let identity: RunningIdentity;

beforeAll(async () => {
  identity = await startIdentity();
}, 60_000);

afterAll(() => identity.stop());

const pair = { a: 'userId:jane', b: 'email:Jane@Example.com' };
const because = { reason: 'she said so on the phone', actor: 'agent 7' };

describe('calls over HTTP', () => {
  it('merge: tried out, made, told to everybody with cause and reference, listed, withdrawn', async () => {
    await identity.sees('userId:jane');
    await identity.sees('userId:jane', 'anonymousId:a');
    await identity.sees('email:jane@example.com');
    const moved = await identity.follow(TOPIC.filingMoved);

    const dry = await identity.ask('/v1/identity/merge?dryRun=true', { ...pair, ...because });
    expect(dry).toMatchObject({ status: 200, body: { dryRun: true, together: true } });

    const { status, body } = await identity.ask('/v1/identity/merge', { ...pair, ...because });
    expect([status, body['state'], body['changed']]).toEqual([200, 'in-force', true]);
    expect(body['consequence']).toEqual((dry.body['consequence'] as object) ?? {});
    const { callId } = body['call'] as { callId: string };
    const [record] = await eventually(() => {
      expect(moved).toHaveLength(1);
      return moved;
    });
    expect(record?.headers[HEADER.cause]).toBe('merge');
    expect(record?.headers[HEADER.causeRef]).toBe(callId);

    const listed = await identity.ask('/v1/identity/calls');
    expect(listed.body).toMatchObject({
      items: [{ callId, kind: 'merge', keyId: 'auth-off', ...because, withdrawn: null }],
      next: null,
    });

    const why = await identity.ask('/v1/identity/explain?a=userId:jane&b=email:jane@example.com');
    expect(why.body).toMatchObject({ together: true, chain: [{ call: { callId, ...because } }] });

    const past = await identity.ask(`/v1/profiles/${String(why.body['profileIds'])}/identity`);
    expect(past.body).toMatchObject({
      history: [{ kind: 'joined', cause: 'merge', ref: callId, call: because }],
      calls: [{ callId, ...because }],
    });

    const undone = await identity.ask('/v1/identity/withdraw', { callId, ...because });
    expect(undone.body).toMatchObject({ state: 'withdrawn', together: false });
    await eventually(() => expect(moved).toHaveLength(2));
    expect(moved[1]?.headers[HEADER.cause]).toBe('withdrawal');
  });

  it('rules: those in force, and others tried out', async () => {
    const rules = await identity.ask('/v1/identity/rules');
    expect(rules.body).toMatchObject({ version: 1, hubLimit: 50 });
    const other = { ...rules.body, hubLimit: 20 };
    const trial = await identity.ask('/v1/identity/rules?dryRun=true', other);
    expect([trial.status, trial.body['rules']]).toEqual([200, { ...other, version: 2 }]);
    const now = await identity.ask('/v1/identity/rules', other);
    expect([now.status, now.body['code']]).toEqual([422, 'invalid-parameter']);
    expect(await identity.ask('/v1/identity/rules')).toEqual(rules);
  });

  it.each([
    ['/merge', { ...pair, b: 'email:jane' }, '422 unparseable-identifier /b'],
    ['/merge', { ...pair, a: 'shoeSize:44' }, '422 unknown-identifier-type /a'],
    ['/unmerge', { ...pair, b: 'email:null' }, '422 blocked-identifier /b'],
    ['/unmerge', { ...pair, at: 'yesterday' }, '422 invalid-parameter /at'],
    ['/merge', { a: 'userId:jane' }, '422 invalid-parameter /b'],
    ['/merge', { ...pair, who: 'me' }, '422 invalid-parameter /who'],
    ['/merge?dryRun=perhaps', pair, '422 invalid-parameter /dryRun'],
    ['/withdraw', { a: 'userId:jane', b: 'userId:joe' }, '404 no-such-call'],
    ['/withdraw', { callId: 'beef' }, '404 no-such-call'],
  ])('%s %j → %s', async (path, body, expected) => {
    const answer = await identity.ask(`/v1/identity${path}`, { ...because, ...body });
    const errors = answer.body['errors'] as { pointer: string }[];
    const pointers = new Set(errors.map(({ pointer }) => pointer));
    const told = [answer.status, answer.body['code'], ...pointers];
    expect(told.join(' ')).toBe(expected);
  });
});
