import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing';
import {
  interaction,
  type RunningIngestion,
  startIngestion,
} from '../../../ingestion/src/running-ingestion.fixture.js';
import { program } from '../program.js';

let ingestion: RunningIngestion;

beforeAll(async () => {
  ingestion = await startIngestion();
  await ingestion.ask('/v1/sources', { body: { source: 'webshop' } });
});
afterAll(() => ingestion.stop());

const exitCodeBefore = process.exitCode;
afterEach(() => {
  process.exitCode = exitCodeBefore;
});

/** Runs `touchline rejections …`; its result as JSON, and its exit code. */
async function rejections(...words: string[]): Promise<{ result: unknown; exitCode: unknown }> {
  const { write } = process.stdout;
  let said = '';
  process.stdout.write = (text: string | Uint8Array) => ((said += String(text)), true);
  try {
    const connection = ['--url', ingestion.application.url, '--key', ingestion.keys.admin];
    await program().parseAsync([
      'node',
      'touchline',
      'rejections',
      ...words,
      '--json',
      ...connection,
    ]);
  } finally {
    process.stdout.write = write;
  }
  const { exitCode } = process;
  return { result: JSON.parse(said.trim().split('\n').at(-1) ?? 'null'), exitCode };
}

async function reject(members: Record<string, unknown>): Promise<string> {
  const answer = await ingestion.ask('/v1/interactions', { body: interaction(members) });
  const [{ rejectionId }] = answer.body['rejected'] as [{ rejectionId: string }];
  await eventually(async () =>
    expect((await ingestion.ask(`/v1/rejections/${rejectionId}`)).status).toBe(200),
  );
  return rejectionId;
}

describe('touchline rejections', () => {
  it('refuses a replay of nothing, of one and all at once, and of an unknown one', async () => {
    const usage = { result: { error: { code: 'invalid-parameter' } }, exitCode: 65 };
    expect(await rejections('replay')).toMatchObject(usage);
    expect(await rejections('replay', 'x', '--code', 'c')).toMatchObject(usage);
    expect(await rejections('replay', 'x', '--dry-run')).toMatchObject(usage);
    expect(await rejections('replay', 'x', '--patch', '{}', '--file', 'f')).toMatchObject(usage);
    const unknown = { result: { error: { code: 'not-found' } }, exitCode: 65 };
    expect(await rejections('replay', 'x')).toMatchObject(unknown);
    expect(await rejections('show', 'x')).toMatchObject(unknown);
  });

  it('shows causes and one of them, replays it patched once, and then all alike', async () => {
    const first = await reject({ id: 'r-1', channel: 'fax' });
    await reject({ id: 'r-2', channel: 'fax' });
    await reject({ id: 'r-3', channel: 'fax', data: 5 });
    expect((await rejections('groups')).result).toMatchObject([
      { code: 'unknown-channel', count: 3, pointer: '/channel', source: 'webshop' },
    ]);
    expect((await rejections('list', '--code', 'unknown-channel')).result).toHaveLength(3);
    expect((await rejections('show', first)).result).toMatchObject({ id: 'r-1' });

    const still = await rejections('replay', first);
    expect(still).toMatchObject({
      result: { error: { code: 'no-valid-interaction' } },
      exitCode: 65,
    });
    const patch = ['--patch', '{"channel":"web"}'];
    const done = { source: 'webshop', id: 'r-1' };
    expect(await rejections('replay', first, ...patch, '--reason', 'typo')).toMatchObject({
      result: { ...done, reason: 'typo', isRepeat: false },
      exitCode: 0,
    });
    expect((await rejections('replay', first)).result).toMatchObject({ ...done, isRepeat: true });

    const alike = ['replay', '--code', 'unknown-channel', ...patch];
    const counts = { accepted: 1, rejected: 1 };
    expect(await rejections(...alike, '--dry-run')).toEqual({
      result: { dryRun: true, ...counts },
      exitCode: 2,
    });
    expect((await rejections(...alike)).result).toEqual({ dryRun: false, ...counts });
    expect((await rejections('list', '--replayed', 'false')).result).toMatchObject([{ id: 'r-3' }]);
  });
});
