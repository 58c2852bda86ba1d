/** Not a literal, because TypeScript knows no `.ts` in an import; Node knows nothing else before this file is loaded. */
const LOADER = './typescript-loader.ts';

/** Once a run, before the workers. jest wants a default export. */
export default async function setup(): Promise<void> {
  await import(LOADER);
  const { startBackends } = await import('./run-backends.js');
  await startBackends();
}
