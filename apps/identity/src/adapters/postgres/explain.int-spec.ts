import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantDirectory } from '#runtime';
import { ReadEnds } from '../../application/calling/read-ends.js';
import { ExplainPair } from '../../application/explain-pair.js';
import type { PairView } from '../../application/explain-pair.js';
import { LoadSituation } from '../../application/explaining/load-situation.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import { request } from '../../testing/callers.fixture.js';
import { SECRET, TENANT, nameOf } from '../../testing/histories.fixture.js';
import { identityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import type { IdentityOnPostgres } from '../../testing/identity-on-postgres.fixture.js';
import { PostgresPairReader } from './pair.reader.js';

let identity: IdentityOnPostgres;
let explainPair: ExplainPair;
const rules = new CompiledRules({ ...DEFAULT_RULES, hubLimit: 7, conversationLimit: 4 });

beforeAll(async () => {
  identity = await identityOnPostgres();
  await identity.startOver(rules);
  const { reader, storage } = identity;
  const ends = new ReadEnds(reader, { value: SECRET }, new TenantDirectory());
  const situations = new LoadSituation(reader, new PostgresPairReader());
  explainPair = new ExplainPair(storage.unitOfWork, reader, ends, situations);
}, 60_000);

afterAll(() => identity.close());

const why = (a: string, b: string): Promise<PairView> => explainPair.execute(TENANT, a, b);
const id = (type: string, value: string): string => nameOf({ type, value });

describe('why two identifiers are one customer', () => {
  it('three hops, each with its first evidence', async () => {
    await identity.sees(['anonymousId:cookie', 'userId:jane']);
    await identity.sees(['userId:jane', 'email:jane@example.com']);
    await identity.sees(['email:jane@example.com', 'deviceId:phone']);
    const view = await why('anonymousId:cookie', 'deviceId:phone');
    expect(view).toMatchObject({ together: true, profileIds: [id('userId', 'jane')], apart: [] });
    expect(view.chain.map(({ a, b, evidence }) => [a.value, b.value, evidence.id])).toEqual([
      ['cookie', 'jane', 'i1'],
      ['jane', 'jane@example.com', 'i2'],
      ['jane@example.com', 'phone', 'i3'],
    ]);
    expect(view.text).toBe(
      'anonymousId:cookie and deviceId:phone are the same customer. ' +
        'anonymousId cookie and userId jane were first seen together on 1970-01-01 00:00 UTC (web/i1). ' +
        'userId jane and email jane@example.com were first seen together on 1970-01-01 00:00 UTC (web/i2). ' +
        'email jane@example.com and deviceId phone were first seen together on 1970-01-01 00:00 UTC (web/i3).',
    );
  });

  it('a merge call, with who made it and why', async () => {
    await identity.sees(['userId:kim']);
    await identity.sees(['phone:+12015550123']);
    await identity.callers.declare.execute(
      'merge',
      request({ a: 'userId:kim', b: 'phone:+12015550123' }),
    );
    const view = await why('phone:(201) 555-0123', 'userId:kim');
    expect(view.together).toBe(true);
    expect(view.chain).toMatchObject([
      { evidence: { source: 'call' }, call: { actor: 'agent 7', reason: 'they told me' } },
    ]);
    expect(view.text).toContain(
      'agent 7 said on 1970-01-01 00:16 UTC that phone +12015550123 and userId kim are one customer (they told me).',
    );
  });

  it('an identifier and itself', async () => {
    const view = await why('userId:jane', id('userId', 'jane'));
    expect(view).toMatchObject({ together: true, chain: [], apart: [] });
  });
});

describe('why two identifiers are not one customer', () => {
  const codes = (view: PairView): string[] => view.apart.map(({ code }) => code);

  it('a limit, which one, and what it is', async () => {
    for (const n of [1, 2, 3, 4, 5, 6]) await identity.sees(['userId:max', `email:m${n}@x.de`]);
    const view = await why('email:m6@x.de', 'userId:max');
    expect(view.apart).toMatchObject([
      {
        code: 'limit-reached',
        subject: { type: 'email', value: 'm6@x.de' },
        limit: 5,
        limitType: 'email',
        rivals: [id('userId', 'max')],
        evidence: { source: 'web' },
      },
    ]);
    expect(view.text).toContain('would break a limit (a customer has at most 5 email)');
    expect(view.text).toContain('raise the limit of email in the rules');
  });

  it('a shared identifier, from either side and from the identifier itself', async () => {
    await identity.sees(['userId:anna', 'deviceId:tablet']);
    await identity.sees(['userId:ben', 'deviceId:tablet']);
    const rivals = [id('userId', 'anna'), id('userId', 'ben')].sort();
    const shared = { code: 'shared-identifier', limit: 1, limitType: 'userId', rivals };
    for (const [a, b] of [
      ['userId:anna', 'userId:ben'],
      ['deviceId:tablet', 'userId:ben'],
    ] as const) {
      const view = await why(a, b);
      expect(view.together).toBe(false);
      expect(view.apart).toMatchObject([{ ...shared, subject: { value: 'tablet' } }]);
      expect(view.text).toContain(
        'deviceId tablet was used by several customers who cannot be one person (a customer has at most 1 userId)',
      );
    }
  });

  it('a hub', async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8])
      await identity.sees([`userId:h${n}`, 'deviceId:kiosk']);
    const view = await why('userId:h1', 'userId:h2');
    expect(view.apart).toMatchObject([
      { code: 'hub', subject: { type: 'deviceId', value: 'kiosk' }, limit: 7 },
    ]);
    expect(view.text).toContain('it is a hub, like a kiosk or a switchboard');
    expect(codes(await why('deviceId:kiosk', 'userId:h1'))).toEqual(['hub']);
  });

  it('an unmerge call, with who made it and why', async () => {
    await identity.sees(['userId:olga', 'email:olga@x.de']);
    const pair = { a: 'userId:olga', b: 'email:olga@x.de' };
    await identity.callers.declare.execute('unmerge', request(pair));
    const view = await why(pair.a, pair.b);
    expect(view.apart).toMatchObject([
      { code: 'negative-link', evidence: { source: 'call' }, call: { actor: 'agent 7' } },
    ]);
    expect(view.text).toContain(
      'that they are two customers (they told me). To join them, withdraw that call.',
    );
  });

  it('a placeholder that both carried, and one that is asked for', async () => {
    await identity.sees(['userId:paul', 'email:null']);
    await identity.sees(['userId:quin', 'email:null']);
    const view = await why('userId:paul', 'userId:quin');
    expect(view.apart).toMatchObject([
      { code: 'blocked-value', subject: { type: 'email', value: 'null' } },
    ]);
    expect(codes(await why('email:null', 'userId:paul'))).toEqual(['blocked-value']);
  });

  it('a conversation of several customers, and one of too many', async () => {
    const ticket = { conversation: 'ticket' };
    await identity.sees(['customerId:r1', 'email:r1@x.de'], ticket);
    await identity.sees(['customerId:r2'], ticket);
    await identity.sees(['anonymousId:chat'], ticket);
    const view = await why('anonymousId:chat', 'customerId:r2');
    expect(codes(view)).toEqual(['several-customers']);
    expect(view.text).toContain('Both took part in one conversation');
    for (const n of [1, 2, 3, 4, 5])
      await identity.sees([`email:w${n}@x.de`], { conversation: 'w' });
    expect(codes(await why('email:w1@x.de', 'email:w2@x.de'))).toEqual(['wide-conversation']);
  });

  it('never seen together, never seen at all, and of no known type', async () => {
    await identity.sees(['userId:sam']);
    const view = await why('userId:sam', 'userId:jane');
    expect(codes(view)).toEqual(['never-seen-together']);
    expect(view.text).toContain('No interaction and no conversation has shown them together.');
    const nobody = await why('userId:sam', 'email:nobody@x.de');
    expect(codes(nobody)).toEqual(['never-seen']);
    expect(nobody.profileIds).toEqual([id('userId', 'sam')]);
    expect(codes(await why('shoeSize:44', 'f'.repeat(32)))).toEqual(['unknown-type', 'never-seen']);
    await expect(why('jane', 'userId:sam')).rejects.toMatchObject({
      code: 'unparseable-identifier',
    });
  });

  it('a merge that waits for an end says so', async () => {
    const pair = { a: 'userId:sam', b: 'email:later@x.de' };
    await identity.callers.declare.execute('merge', request(pair));
    const view = await why(pair.a, pair.b);
    expect(view.text).toContain('was never seen; a merge call of agent 7 waits for it.');
  });
});
