/** Not a literal: jest runs this file as it is, so TypeScript must not look for the declarations of a plain module. */
const LOADER = './typescript-loader.mjs';

/** Stops what the setup of this run started, nothing else. jest wants a default export. */
export default async function teardown(): Promise<void> {
  const { loadSource } = await import(LOADER);
  const { stopBackends } = await loadSource('./run-backends.ts');
  await stopBackends();
}
