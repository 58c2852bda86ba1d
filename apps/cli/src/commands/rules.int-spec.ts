import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startIdentity } from '../../../identity/src/testing/running-identity.fixture.js';
import type { RunningIdentity } from '../../../identity/src/testing/running-identity.fixture.js';
import { program } from '../program.js';

let identity: RunningIdentity;
let folder: string;

beforeAll(async () => {
  identity = await startIdentity();
  folder = await mkdtemp(join(tmpdir(), 'touchline-rules-'));
}, 60_000);
afterAll(async () => {
  await identity.stop();
  await rm(folder, { recursive: true, force: true });
});

const exitCodeBefore = process.exitCode;
afterEach(() => {
  process.exitCode = exitCodeBefore;
});

/** Runs `touchline rules …`; what it prints. */
async function rules(...words: string[]): Promise<{ said: string; exitCode: unknown }> {
  const { write } = process.stdout;
  let said = '';
  process.stdout.write = (text: string | Uint8Array) => ((said += String(text)), true);
  try {
    await program().parseAsync(['node', 'touchline', 'rules', ...words, '--url', identity.url]);
  } finally {
    process.stdout.write = write;
  }
  return { said, exitCode: process.exitCode };
}

async function fileOf(
  change: (rules: { levels: { type: string }[][] }) => object,
): Promise<string> {
  const { said } = await rules('show', '--json');
  const path = join(folder, 'rules.json');
  await writeFile(path, JSON.stringify(change(JSON.parse(said) as { levels: [] })));
  return path;
}

describe('touchline rules', () => {
  it('shows, tries out and activates what a file holds', async () => {
    await identity.sees('userId:kim', 'email:kim1@example.com');
    await identity.sees('userId:kim', 'email:kim2@example.com');
    const file = await fileOf((shown) => ({
      ...shown,
      levels: shown.levels.map((types) =>
        types.map((rule) => (rule.type === 'email' ? { ...rule, perProfile: 1 } : rule)),
      ),
    }));
    expect((await rules('try', file)).said).toContain(
      '1 profiles would be 2: 0 joined of several, 1 split.',
    );
    const said = ['--reason', 'one address each', '--actor', 'kim'];
    const done = await rules('activate', file, ...said);
    expect(done.said).toContain('Version 2 is in force: 2 profiles changed');
    expect(done.exitCode).toBe(0);
    const shown = await rules('show');
    expect(shown.said).toMatch(/^version 2, hub limit 50/u);
    expect(shown.said).toMatch(/2 +done +\S+ +kim +one address each/u);
  });

  it('tells what needs a replay, and refuses it', async () => {
    const file = await fileOf((shown) => ({ ...shown, blocked: ['kim1@example.com'] }));
    expect((await rules('try', file)).said).toContain(
      'not to be activated: /blocked: 1 interactions',
    );
    const refused = await rules('activate', file, '--reason', 'r', '--actor', 'a', '--json');
    expect(JSON.parse(refused.said)).toMatchObject({ error: { code: 'rules-need-replay' } });
    expect(refused.exitCode).toBe(65);
  });
});
