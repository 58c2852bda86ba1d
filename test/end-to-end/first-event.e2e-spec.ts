import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing';
import { listen } from './listen.js';
import { flavours, type Stack } from './stack.js';

/** README's first event: what a newcomer posts with curl is seen wherever the README says. */
describe.each(flavours())('one event, on $name', ({ start }) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await start();
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const occurredAt = new Date(Date.now() - 120_000).toISOString();
  const event = {
    source: 'webshop',
    id: 'order-1',
    type: 'order.placed',
    channel: 'web',
    occurredAt,
    identifiers: [{ type: 'email', value: 'Jane@Example.com' }],
    data: { orderId: 'A-1', value: '49.90', currency: 'EUR' },
  };

  it('is accepted, and shows on profile, timeline, its own address and KPIs', async () => {
    const { client } = stack;
    let told = '';
    const stop = listen(`${stack.url}/v1/stream`, stack.key, (text) => (told += text));
    await eventually(() => expect(told).toContain('retry: 2000'), { timeoutMs: 15_000 });
    await client.post('/v1/sources', { source: 'webshop' });
    const postedAt = performance.now();
    expect(await client.send({ method: 'POST', path: '/v1/interactions', body: event })).toEqual({
      status: 202,
      body: { accepted: [{ index: 0, id: 'order-1' }], rejected: [] },
    });

    const profileId = await eventually(
      async () => {
        const found = await client.get('/v1/profiles?identifier=email:jane@example.com');
        return (found as { profileId: string }).profileId;
      },
      { timeoutMs: 15_000 },
    );
    const identifiedMs = performance.now() - postedAt;

    await eventually(
      async () => {
        const timeline = await client.get(`/v1/profiles/${profileId}/timeline`);
        expect(timeline).toMatchObject({
          items: [{ source: 'webshop', id: 'order-1', occurredAt }],
        });
      },
      { timeoutMs: 15_000 },
    );
    const where = await client.get('/v1/interactions/webshop/order-1');
    expect(where).toMatchObject({ status: 'filed', profileId });

    await eventually(
      async () => {
        expect(await client.get('/v1/kpis/interactions?window=1h')).toMatchObject({ value: 1 });
        const orders = await client.get('/v1/kpis/revenue?window=1h');
        expect(orders).toMatchObject({ value: '49.90', n: 1 });
      },
      { timeoutMs: 15_000 },
    );
    const countedMs = performance.now() - postedAt;
    await eventually(
      () => {
        for (const type of ['interaction.identified', 'profile.changed', 'journey.order'])
          expect(told).toMatch(new RegExp(`event: ${type}\\ndata: .*${profileId}`, 'u'));
      },
      { timeoutMs: 15_000 },
    );
    stop();
    console.log(
      `post → profile ${Math.round(identifiedMs)} ms, → KPIs ${Math.round(countedMs)} ms`,
    );
  }, 60_000);
});
