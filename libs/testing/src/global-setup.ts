/** Not a literal: jest runs this file as it is, so TypeScript must not look for the declarations of a plain module. */
const LOADER = './typescript-loader.mjs';

/** Once a run, before the workers. jest wants a default export. */
export default async function setup(): Promise<void> {
  const { loadSource } = await import(LOADER);
  const { startBackends } = await loadSource('./run-backends.ts');
  await startBackends();
}
