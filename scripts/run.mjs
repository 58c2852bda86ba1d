// The npm scripts: `node scripts/run.mjs <task> [arguments]`.
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, must, node, root, run } from './prepare.mjs';

const [task, ...given] = process.argv.slice(2);
const rest = given[0] === '--' ? given.slice(1) : given;
const bin = (name) => join(root, 'node_modules', '.bin', name);
const seed = process.env.TOUCHLINE_TEST_SEED ?? String(randomInt(2 ** 31));
const jestEnv = {
  NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
  TOUCHLINE_TEST_SEED: seed,
};
const jest = (...args) => [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...args];

const tasks = {
  async demo() {
    await build();
    return run(node, ['--enable-source-maps', 'dist/apps/cli/src/main.js', 'demo', ...rest]);
  },

  async build() {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    await build();
    return 0;
  },

  /** Everything: pure, integration and end-to-end. With CI=true the real Kafka broker, Postgres and Redis are required. */
  async test() {
    await build();
    const backends = join(root, '.touchline', 'test-backends.json');
    mkdirSync(join(root, '.touchline'), { recursive: true });
    rmSync(backends, { force: true });
    const code = await run(node, jest('--maxWorkers=2', ...rest), {
      env: {
        ...jestEnv,
        TOUCHLINE_TEST_BACKENDS: backends,
        TOUCHLINE_TEST_KAFKA: process.env.TOUCHLINE_TEST_KAFKA ?? '',
      },
    });
    printSeed();
    printBackends(backends);
    return code;
  },

  /** Format, lint, boundaries, types. */
  async lint() {
    await must(node, [bin('prettier'), '--check', '--log-level=warn', '.']);
    await must(bin('oxlint'), ['--deny-warnings']);
    await must(node, [
      bin('depcruise'),
      'apps',
      'libs',
      'bench',
      '--config',
      '.dependency-cruiser.cjs',
    ]);
    await must(node, [bin('tsc'), '-p', 'tsconfig.json', '--noEmit']);
    return 0;
  },

  /** What `lint` looks at, and the pure tests: minutes, nothing but Node. */
  async check() {
    await tasks.lint();
    // The whole pipeline over long histories takes minutes: a few here, all of them in `npm test`.
    const env = { PIPELINE_RUNS: '40', ...jestEnv };
    const code = await run(node, jest('--selectProjects', 'pure', '--maxWorkers=2', ...rest), {
      env,
    });
    printSeed();
    return code;
  },

  async bench() {
    await build();
    return run(node, ['--enable-source-maps', 'dist/bench/main.js', ...rest]);
  },

  /** Writes docs/generated; a test fails when it is stale. */
  async docs() {
    await build();
    return run(node, [join(root, 'scripts', 'docs.mjs')]);
  },
};

function printSeed() {
  console.log(`Seed of the property tests: ${seed} (TOUCHLINE_TEST_SEED=${seed} repeats them)`);
}

function printBackends(file) {
  if (!existsSync(file)) {
    console.log('Backends: none was started (pure tests only).');
    return;
  }
  const names = JSON.parse(readFileSync(file, 'utf8'));
  console.log('Backends of this run:');
  for (const [name, description] of Object.entries(names)) console.log(`  ${name}: ${description}`);
}

if (!(task in tasks)) {
  console.error(`Unknown task '${task}'. One of: ${Object.keys(tasks).join(', ')}`);
  process.exit(64);
}
await install();
process.exitCode = await tasks[task]();
