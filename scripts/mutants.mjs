// Proves that the tests can fail: every patch of test/mutants breaks one invariant, and the test that it names must notice.
// `npm run mutants [part of a name]`. Works on a copy; exits with 1 when a mutant survives or no longer applies.
//
// A patch is what `git diff` prints, under a head of three lines:
//   Breaks: <the invariant, in a sentence>
//   File: <the test file that notices>
//   Test: <part of the full name of the test that must fail>
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { install, node, root } from './prepare.mjs';

const FOLDER = join(root, 'test', 'mutants');
/** A mutant may make a loop endless: the test is then ended, and that counts as noticed by nobody. */
const PATIENCE_MS = 240_000;
/** At a time, each on a copy of its own: one test file keeps one core busy. */
const WORKERS = 2;

function readPatch(file) {
  const head = readFileSync(join(FOLDER, file), 'utf8').split('\n').slice(0, 3);
  const [breaks, test, title] = ['Breaks: ', 'File: ', 'Test: '].map((label, index) => {
    if (!head[index]?.startsWith(label))
      throw new Error(`${file}: line ${index + 1} is no '${label}…'`);
    return head[index].slice(label.length).trim();
  });
  return { file, breaks, test, title };
}

function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'touchline-mutants-'));
  const listed = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  );
  const files = listed.stdout.split('\0').filter((name) => name !== '' && name !== 'node_modules');
  for (const name of files) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function patch(copy, file, ...options) {
  const done = spawnSync('git', ['apply', ...options, join(FOLDER, file)], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(copy) },
  });
  return done.status === 0 ? undefined : done.stderr.trim();
}

/** Full names of the tests that the patch names and that failed, or why there is no verdict. */
async function failures(copy, { test, title }) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const jest = join(copy, 'node_modules', 'jest', 'bin', 'jest.js');
  const project = /\.(int|e2e)-spec\.ts$/.test(test) ? 'stack' : 'pure';
  const args = [
    '--selectProjects',
    project,
    '--testPathPatterns',
    test,
    '--testNamePattern',
    title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    '--json',
    `--outputFile=${report}`,
  ];
  const run = spawn(node, [jest, ...args], {
    cwd: copy,
    stdio: 'ignore',
    timeout: PATIENCE_MS,
    env: {
      ...process.env,
      CI: '',
      // A mutant that random histories notice is noticed in every run.
      TOUCHLINE_TEST_SEED: process.env.TOUCHLINE_TEST_SEED ?? '1',
      NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
    },
  });
  const [, signal] = await once(run, 'exit');
  if (signal !== null) return { problem: `ended by ${signal} after ${PATIENCE_MS / 1_000} s` };
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  if (testResults.length === 0) return { problem: `${test} is no test file` };
  const found = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'pending');
  if (found.length === 0 && testResults[0].message === '')
    return { problem: `${test} has no test '${title}'` };
  if (found.length === 0) return { problem: `the tests do not start: ${testResults[0].message}` };
  return {
    failed: found.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  };
}

async function verdict(copy, mutant) {
  const { file } = mutant;
  const refused = patch(copy, file);
  if (refused !== undefined) return `no longer applies: ${refused}`;
  try {
    const { problem, failed } = await failures(copy, mutant);
    return problem ?? (failed.length === 0 ? 'survives' : undefined);
  } finally {
    patch(copy, file, '--reverse');
  }
}

await install();
const wanted = process.argv[2] ?? '';
const mutants = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.patch') && file.includes(wanted))
  .sort()
  .map(readPatch);
const waiting = [...mutants];
let survivors = 0;

async function work() {
  const copy = copyTree();
  try {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      tell(mutant, await verdict(copy, mutant));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function tell({ file, breaks }, problem) {
  if (problem !== undefined) survivors++;
  console.log(`${problem === undefined ? 'noticed ' : 'SURVIVES'}  ${file}: ${breaks}`);
  if (problem !== undefined) console.log(`          ${problem}`);
}

await Promise.all(Array.from({ length: WORKERS }, work));
console.log(`${mutants.length - survivors} of ${mutants.length} mutants are noticed.`);
if (survivors > 0 || mutants.length === 0) process.exitCode = 1;
