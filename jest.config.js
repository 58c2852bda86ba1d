import { readdirSync } from 'node:fs';

/** Ours only: packages have `#names` of their own. */
const libs = readdirSync(new URL('libs', import.meta.url)).join('|');

/** ESM jest (platform facts in docs/decisions/0001): run through scripts/run.mjs, which sets --experimental-vm-modules. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    [`^#(${libs})$`]: '<rootDir>/libs/$1/src/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFiles: ['<rootDir>/libs/testing/src/property-seed.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};

const roots = ['apps', 'libs', 'test'];
const matching = (suffix) => roots.map((root) => `<rootDir>/${root}/**/*${suffix}.ts`);

/** Two projects: `pure` needs nothing but Node; `stack` needs the backends that test/stack brings up once a run. */
export default {
  // Generous, on a shared machine, and never a measure of speed. Jest reads it here only, not in a project.
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'pure', testMatch: matching('.spec') },
    {
      ...shared,
      displayName: 'stack',
      testMatch: [...matching('.int-spec'), ...matching('.e2e-spec')],
      globalSetup: '<rootDir>/libs/testing/src/global-setup.ts',
      globalTeardown: '<rootDir>/libs/testing/src/global-teardown.ts',
    },
  ],
};
