import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
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
    const { history, ...shipped } = rules.body;
    expect(history).toEqual([]);
    const other = { ...shipped, hubLimit: 20 };
    const trial = await identity.ask('/v1/identity/rules?dryRun=true', other);
    expect([trial.status, trial.body['rules']]).toEqual([200, { ...other, version: 2 }]);
    expect(await identity.ask('/v1/identity/rules')).toEqual(rules);
  });

  it('rules: asked for, brought into force in the background, told to everybody, kept in the history', async () => {
    await identity.sees('userId:kim', 'email:kim1@example.com');
    await identity.sees('userId:kim', 'email:kim2@example.com');
    const changed = await identity.follow(TOPIC.profileChanged);
    const rules = await identity.ask('/v1/identity/rules');
    const levels = (rules.body['levels'] as { type: string }[][]).map((types) =>
      types.map((rule) => (rule.type === 'email' ? { ...rule, perProfile: 1 } : rule)),
    );
    const asked = await identity.ask('/v1/identity/rules', { ...rules.body, levels, ...because });
    expect(asked).toMatchObject({
      status: 202,
      body: { version: 2, state: 'pending', ...because },
    });
    const done = await eventually(async () => {
      const { body } = await identity.ask('/v1/identity/rules/activations/2');
      expect(body['state']).toBe('done');
      return body;
    });
    expect(done).toMatchObject({ rules: { levels }, consequence: { identifiers: 1 } });
    const now = await identity.ask('/v1/identity/rules');
    expect(now.body).toMatchObject({ version: 2, levels, history: [{ version: 2, ...because }] });
    const told = await eventually(() => {
      const because = changed.filter(({ headers }) => headers[HEADER.cause] === 'rules');
      expect(because).toHaveLength(2);
      return because;
    });
    expect(told.map(({ headers }) => headers[HEADER.causeRef])).toEqual(['2', '2']);
    const profiles = await identity.ask('/v1/profiles?identifier=email:kim2@example.com');
    const { profileId } = profiles.body as { profileId: string };
    const past = await identity.ask(`/v1/profiles/${profileId}/identity`);
    expect(past.body['history']).toContainEqual(
      expect.objectContaining({ kind: 'split', cause: 'rules', ref: '2' }),
    );
    expect(await identity.ask('/v1/identity/rules/activations/9')).toMatchObject({ status: 404 });
    const again = await identity.ask('/v1/identity/rules', { ...now.body, ...because });
    expect([again.status, again.body['code']]).toEqual([409, 'conflict']);
    const blocked = ['kim1@example.com'];
    const refused = await identity.ask('/v1/identity/rules', { ...now.body, blocked, ...because });
    expect([refused.status, refused.body['code']]).toEqual([422, 'rules-need-replay']);
  });

  it('rules: what another process began and left is taken up', async () => {
    const { body: rules } = await identity.ask('/v1/identity/rules');
    const { history: _, ...inForce } = rules;
    const left = { ...inForce, version: 50, hubLimit: 49 };
    const client = new Client({ connectionString: identity.databaseUrl });
    await client.connect();
    await client.query(
      `INSERT INTO identity.rules_activation
         (tenant, version, body, state, step, attempts, reason, actor, key_id, requested_at, started_at)
       VALUES ('default', 50, $1, 'running', 'solving', 1, 'left', 'agent 7', 'key', 1, 2)`,
      [JSON.stringify(left)],
    );
    await client.end();
    await eventually(
      async () => {
        const { body } = await identity.ask('/v1/identity/rules/activations/50');
        expect(body).toMatchObject({ state: 'done', startedAt: '1970-01-01T00:00:00.002Z' });
      },
      { timeoutMs: 15_000 },
    );
    const now = await identity.ask('/v1/identity/rules');
    expect(now.body).toMatchObject({ version: 50, hubLimit: 49 });
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
    ['/rules', { reason: '' }, '422 invalid-parameter /reason'],
    ['/rules', { actor: 7 }, '422 invalid-parameter /actor'],
  ])('%s %j → %s', async (path, body, expected) => {
    const answer = await identity.ask(`/v1/identity${path}`, { ...because, ...body });
    const errors = answer.body['errors'] as { pointer: string }[];
    const pointers = new Set(errors.map(({ pointer }) => pointer));
    const told = [answer.status, answer.body['code'], ...pointers];
    expect(told.join(' ')).toBe(expected);
  });
});
