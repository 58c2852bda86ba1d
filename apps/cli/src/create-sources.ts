import type { TouchlineClient } from './adapters/touchline-client.js';

/** Makes sources that are missing; `POST /v1/sources` leaves existing ones as they are or answers 409. */
export async function createSources(
  client: TouchlineClient,
  sources: readonly string[],
): Promise<void> {
  for (const source of sources) {
    const { status, body } = await client.send({
      method: 'POST',
      path: '/v1/sources',
      body: { source },
    });
    if (status >= 400 && status !== 409) {
      const { detail } = (body ?? {}) as { detail?: string };
      throw new Error(`The source ${source} could not be made: ${detail ?? status}`);
    }
  }
}
