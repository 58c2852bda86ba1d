import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing';
import { flavours, type Stack } from './stack.js';

/** Done when 9 of issue 4: a rejected order is edited and replayed; the KPI corrects; a second replay changes nothing. */
describe.each(flavours())('a rejected order, on $name', ({ start }) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await start();
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const occurredAt = new Date(Date.now() - 120_000).toISOString();
  const order = (id: string, members: object = {}) => ({
    source: 'webshop',
    id,
    type: 'order.placed',
    channel: 'web',
    occurredAt,
    identifiers: [{ type: 'email', value: 'jane@example.com' }],
    data: { orderId: id, value: '49.90', currency: 'EUR' },
    ...members,
  });
  const unpriced = (id: string) =>
    order(id, { data: { orderId: id, value: 'ten', currency: 'EUR' } });
  const orders = () => stack.client.get('/v1/kpis/orders?window=1h');
  const revenue = () => stack.client.get('/v1/kpis/revenue?window=1h');
  const untilOrdersAre = (value: number) =>
    eventually(async () => expect(await orders()).toMatchObject({ value }), { timeoutMs: 30_000 });

  it('counts once when it is edited and replayed, and a second replay changes nothing', async () => {
    const { client } = stack;
    const post = (body: unknown) => client.send({ method: 'POST', path: '/v1/interactions', body });
    await client.post('/v1/sources', { source: 'webshop' });
    const posted = await post([order('o-1'), unpriced('o-2'), unpriced('o-4')]);
    const { rejected } = posted.body as { rejected: { rejectionId: string; pointer: string }[] };
    expect(rejected).toMatchObject([{ id: 'o-2', pointer: '/data/value' }, { id: 'o-4' }]);
    await untilOrdersAre(1);

    const [id, other] = rejected.map(({ rejectionId }) => rejectionId);
    await eventually(async () => expect(await client.get(`/v1/rejections/${other}`)).toBeDefined());
    expect(await client.get(`/v1/rejections/${id}`)).toMatchObject({
      raw: JSON.stringify(unpriced('o-2')),
    });
    const replay = (body: unknown, rejectionId = id) =>
      client.send({ method: 'POST', path: `/v1/rejections/${rejectionId}/replay`, body });
    expect((await replay(unpriced('o-2'))).status).toBe(422);
    const first = await replay(order('o-2'));
    expect(first).toMatchObject({ status: 200, body: { id: 'o-2', isRepeat: false } });
    await untilOrdersAre(2);
    expect(await revenue()).toMatchObject({ value: '99.80', n: 2 });

    const dearer = { orderId: 'o-3', value: '1000.00', currency: 'EUR' };
    const second = await replay(order('o-3', { data: dearer }));
    expect(second.body).toEqual({ ...(first.body as object), isRepeat: true });
    // Replays reach the log in their order: once this one counts, the second would have, too.
    expect((await replay(order('o-4'), other)).status).toBe(200);
    await untilOrdersAre(3);
    expect(await revenue()).toMatchObject({ value: '149.70', n: 3 });
  }, 120_000);
});
