/** Not a literal, because TypeScript knows no `.ts` in an import; Node knows nothing else before this file is loaded. */
const LOADER = './typescript-loader.ts';

/** Stops what the setup of this run started, nothing else. jest wants a default export. */
export default async function teardown(): Promise<void> {
  await import(LOADER);
  const { stopBackends } = await import('./run-backends.js');
  await stopBackends();
}
