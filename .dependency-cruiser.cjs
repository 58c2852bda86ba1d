/** The arrows of the architecture: each rule is a sentence of ARCHITECTURE.md. No baseline: nothing is excused. */
const sentence = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const tests = '[.](spec|int-spec|e2e-spec|fixture|contract)[.]ts$';

module.exports = {
  forbidden: [
    sentence('no-circular', 'Nothing imports itself through others.', {}, { circular: true }),
    sentence(
      'apps-never-import-apps',
      'A service knows another only by topics; standalone and the commands compose them.',
      { path: '^apps/(ingestion|identity|journey|metrics)/', pathNot: tests },
      { path: '^apps/', pathNot: ['^apps/$1/'] },
    ),
    sentence(
      'libs-never-import-apps',
      'Libraries know no service.',
      { path: '^libs/' },
      { path: '^apps/' },
    ),
    sentence(
      'libs-through-front-door',
      'A library is used through its index only.',
      { path: '^(apps|bench|test)/' },
      { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index[.]ts$' },
    ),
    sentence(
      'domain-is-pure',
      'Domain code knows kernel, contracts and its own folder; libphonenumber-js is a pure function of its arguments.',
      { path: '^apps/[^/]+/src/domain/', pathNot: tests },
      {
        pathNot: [
          '^apps/[^/]+/src/domain/',
          '^libs/(kernel|contracts)/',
          'node_modules/libphonenumber-js/',
        ],
      },
    ),
    sentence(
      'application-no-adapters',
      'Use cases know ports, not adapters.',
      { path: '^apps/(ingestion|identity|journey|metrics)/src/application/', pathNot: tests },
      { path: '^apps/[^/]+/src/adapters/' },
    ),
    sentence(
      'kernel-stands-alone',
      'Kernel imports nothing of ours and nothing of npm.',
      { path: '^libs/kernel/', pathNot: tests },
      { pathNot: ['^libs/kernel/', '^(node:)?crypto$'] },
    ),
    sentence(
      'verify-is-apart',
      'What proves the numbers shares nothing with the services but words: kernel and contracts.',
      { path: '^libs/verify/', pathNot: tests },
      { pathNot: ['^libs/(verify|kernel|contracts)/'] },
    ),
    sentence(
      'only-event-log-touches-kafkajs',
      'kafkajs stays behind the log port.',
      { pathNot: '^(libs/event-log|bench)/' },
      { path: 'node_modules/kafkajs/' },
    ),
    sentence(
      'only-storage-touches-postgres',
      'typeorm and pg stay in storage and in postgres adapters.',
      {
        pathNot: [
          '^libs/(storage|testing)/',
          '^libs/event-log/src/postgres/',
          '^apps/[^/]+/src/adapters/postgres/',
          '^bench/',
          tests,
        ],
      },
      { path: 'node_modules/(typeorm|pg)/' },
    ),
    sentence(
      'only-cache-touches-ioredis',
      'ioredis stays behind the cache port.',
      { pathNot: ['^libs/cache/', '^libs/testing/'] },
      { path: 'node_modules/ioredis/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
