import { expect, it } from '@jest/globals';
import { interaction, startIngestion } from './running-ingestion.fixture.js';

it('answers 503 with Retry-After within seconds while the log cannot take interactions', async () => {
  const ingestion = await startIngestion();
  try {
    await ingestion.ask('/v1/sources', { body: { source: 'webshop' } });
    expect((await ingestion.ask('/v1/interactions', { body: interaction() })).status).toBe(202);
    await ingestion.cut();
    const startedAt = performance.now();
    const answer = await ingestion.ask('/v1/interactions', { body: interaction() });
    expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      '2',
    ]);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect((await ingestion.ask('/health/ready')).status).toBe(503);
    expect((await ingestion.ask('/health/live')).status).toBe(200);
  } finally {
    await ingestion.stop();
  }
});
